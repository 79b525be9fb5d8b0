package upstream_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// inPlace puts another kubeconfig in the place of one, at once.
func inPlace(t *testing.T, of, by config.Kubernetes) {
	t.Helper()
	if err := os.Rename(by.Kubeconfig, of.Kubeconfig); err != nil {
		t.Error(err)
	}
}

// base64Of is a file as a kubeconfig has it inside.
func base64Of(t testing.TB, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(content)
}

// asks is a Kubernetes API that says who asked: by which name in the certificate of
// the connection, and with which token.
func asks(t *testing.T, ca *authority, wants tls.ClientAuthType, asked func(name, token string)) *httptest.Server {
	t.Helper()
	server := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.leaf("127.0.0.1", time.Hour)}, ClientAuth: wants})
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := ""
		if shown := r.TLS.PeerCertificates; len(shown) > 0 {
			name = shown[0].DNSNames[0]
		}
		asked(name, r.Header.Get("Authorization"))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{}`)
	})
	return server
}

// TestAChangedKubeconfigCountsAtOnce: a connection is used again by whoever would
// open the same, and by nobody else.
func TestAChangedKubeconfigCountsAtOnce(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	var name, token string
	said := func(n, tok string) { name, token = n, tok }
	server, elsewhere := asks(t, ca, tls.RequestClientCert, said), asks(t, ca, tls.RequestClientCert, said)
	trusts := func(ca *authority) string {
		return ", certificate-authority-data: " + base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}))
	}
	one, oneKey := writePair(t, ca.leaf("one", time.Hour))
	two, twoKey := writePair(t, ca.leaf("two", time.Hour))
	pair := func(cert, key string) string {
		return fmt.Sprintf("client-certificate: %q, client-key: %q, ", cert, key)
	}
	cfg := kubeAt(t, server.URL, trusts(ca), pair(one, oneKey)+"token: a")
	cluster := reusedCluster(t, cfg)
	for _, step := range []struct {
		what, server, cluster, user string
		opened, again               int
		name, token                 string
		want                        reason.Reason
	}{
		{"the first", server.URL, trusts(ca), pair(one, oneKey) + "token: a", 1, 0, "one", "Bearer a", ""},
		{"written anew", server.URL, trusts(ca), pair(one, oneKey) + "token: a", 0, 1, "one", "Bearer a", ""},
		{"another token", server.URL, trusts(ca), pair(one, oneKey) + "token: b", 0, 1, "one", "Bearer b", ""},
		{"the files inside", server.URL, trusts(ca), fmt.Sprintf("client-certificate-data: %s, client-key-data: %s, token: b", base64Of(t, one), base64Of(t, oneKey)), 0, 1, "one", "Bearer b", ""},
		{"another certificate", server.URL, trusts(ca), pair(two, twoKey) + "token: b", 1, 0, "two", "Bearer b", ""},
		{"no certificate", server.URL, trusts(ca), "token: b", 1, 0, "", "Bearer b", ""},
		{"another user", server.URL, trusts(ca), "username: u, password: p", 0, 1, "", "Basic dTpw", ""},
		{"nobody", server.URL, trusts(ca), "", 0, 1, "", "", ""},
		{"another server", elsewhere.URL, trusts(ca), "", 1, 0, "", "", ""},
		{"another CA", elsewhere.URL, trusts(other), "", 1, 0, "", "", reason.TLSUntrusted},
		{"another name", elsewhere.URL, trusts(ca) + ", tls-server-name: other.example", "", 1, 0, "", "", reason.TLSName},
		{"not looked at", elsewhere.URL, insecure, "", 1, 0, "", "", ""},
		{"looked at", elsewhere.URL, trusts(ca), "", 1, 0, "", "", ""},
		{"a plugin", elsewhere.URL, trusts(ca), credential(t, map[string]string{"token": "made"}), 1, 0, "", "Bearer made", ""},
		{"no plugin", elsewhere.URL, trusts(ca), "", 0, 1, "", "", ""},
		{"as at first", server.URL, trusts(ca), pair(one, oneKey) + "token: a", 1, 0, "one", "Bearer a", ""},
	} {
		inPlace(t, cfg, kubeAt(t, step.server, step.cluster, step.user))
		trace, err := look(t.Context(), cluster)
		wants(t, step.what, trace, err, step.opened, step.again, step.want)
		if err == nil && (name != step.name || token != step.token) {
			t.Errorf("%s: got asked by %q with %q, want %q with %q", step.what, name, token, step.name, step.token)
		}
	}
	for from, to := range map[string]string{one: two, oneKey: twoKey} { // the names stay
		inPlace(t, config.Kubernetes{Kubeconfig: from}, config.Kubernetes{Kubeconfig: to})
	}
	trace, err := look(t.Context(), cluster)
	wants(t, "a certificate that was renewed in its place", trace, err, 1, 0, "")
	if name != "two" {
		t.Errorf("got asked by %q, want by the certificate that was renewed in its place", name)
	}
}

// credential is a user whose plugin prints status.
func credential(t *testing.T, status map[string]string) string {
	t.Helper()
	printed := filepath.Join(t.TempDir(), "credential")
	content := fmt.Sprintf(`{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":%q,"clientCertificateData":%q,"clientKeyData":%q}}`,
		status["token"], status["clientCertificateData"], status["clientKeyData"])
	if err := os.WriteFile(printed, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: cat, args: [%q]}", printed)
}

// TestNothingIsKeptWithAPlugin: it may make another certificate for each request.
func TestNothingIsKeptWithAPlugin(t *testing.T) {
	ca := newAuthority(t)
	var name string
	server := asks(t, ca, tls.RequireAnyClientCert, func(n, _ string) { name = n })
	cluster := ", certificate-authority-data: " + base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}))
	cfg := kubeAt(t, server.URL, cluster, "")
	kept := reusedCluster(t, cfg)
	for _, want := range []string{"one", "two", "one"} {
		status := map[string]string{}
		cert, key := writePair(t, ca.leaf(want, time.Hour))
		for field, file := range map[string]string{"clientCertificateData": cert, "clientKeyData": key} {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			status[field] = string(content)
		}
		inPlace(t, cfg, kubeAt(t, server.URL, cluster, credential(t, status)))
		for range 2 {
			trace, err := look(t.Context(), kept)
			wants(t, want, trace, err, 1, 0, "")
			if name != want {
				t.Errorf("got asked by %q, want %q", name, want)
			}
		}
	}
}

// TestNoRequestGoesOverAnothersConnection, while a kubeconfig changes under checks
// that go on at once: each brings its token to a connection of its certificate.
func TestNoRequestGoesOverAnothersConnection(t *testing.T) {
	ca := newAuthority(t)
	var asked, wrong atomic.Int32
	server := asks(t, ca, tls.RequireAnyClientCert, func(name, token string) {
		asked.Add(1)
		if token != "Bearer "+name {
			wrong.Add(1)
		}
	})
	users := map[string]string{}
	for _, name := range []string{"one", "two"} {
		cert, key := writePair(t, ca.leaf(name, time.Hour))
		users[name] = fmt.Sprintf("client-certificate-data: %s, client-key-data: %s, token: %s", base64Of(t, cert), base64Of(t, key), name)
	}
	cfg := kubeAt(t, server.URL, insecure, users["one"])
	cluster := reusedCluster(t, cfg)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 50 {
				ctx := t.Context()
				if (i+j)%10 == 0 {
					ctx = upstream.Cold(ctx)
				}
				if _, err := look(ctx, cluster); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done, stop := context.WithCancel(t.Context())
	go func() { all.Wait(); stop() }()
	for i := 0; done.Err() == nil; i++ {
		inPlace(t, cfg, kubeAt(t, server.URL, insecure, users[[]string{"one", "two"}[i%2]]))
		time.Sleep(5 * time.Millisecond)
	}
	if wrong.Load() > 0 || asked.Load() < 200 {
		t.Errorf("got %d of %d requests over a connection of another certificate", wrong.Load(), asked.Load())
	}
}
