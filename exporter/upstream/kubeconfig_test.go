package upstream_test

import (
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestFilesOfAKubeconfigAreNotWaitedFor: client-go read a pipe without an end,
// the token's in the middle of a request.
func TestFilesOfAKubeconfigAreNotWaitedFor(t *testing.T) {
	cert := filepath.Join(t.TempDir(), "cert")
	if err := os.WriteFile(cert, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, w := range configtest.WrongFiles(t) {
		for key, of := range map[string]struct{ cluster, user string }{
			"certificate-authority": {cluster: fmt.Sprintf(", certificate-authority: %q", w.Path)},
			"client-certificate":    {user: fmt.Sprintf("client-certificate: %q, client-key: %q", w.Path, cert)},
			"client-key":            {user: fmt.Sprintf("client-certificate: %q, client-key: %q", cert, w.Path)},
			"tokenFile":             {user: fmt.Sprintf("tokenFile: %q", w.Path)},
		} {
			t.Run(key+"/"+w.Name, func(t *testing.T) {
				err := configtest.InTime(t, func() error {
					return get(t, kubeAt(t, "https://127.0.0.1:1", of.cluster, of.user), "api/v1", time.Minute)
				})
				if want := fmt.Sprintf("reading the %s %q: %s", key, w.Path, w.Says); reason.Of(err) != reason.Config || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %s", err, want)
				}
			})
		}
	}
}

// TestFilesOfAKubeconfig: they may be named from where it is, a token may have a
// newline, and what another context names need not be there.
func TestFilesOfAKubeconfig(t *testing.T) {
	server := httptest.NewTLSServer(object("made"))
	defer server.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	elsewhere := "}}, {name: other, cluster: {server: \"https://other\", certificate-authority: nowhere"
	for _, tc := range []struct {
		name, cluster, user, ca, token string
		want                           string
	}{
		{"relative names", ", certificate-authority: ca", "tokenFile: token", string(ca), "made\n", ""},
		{"another context's file", ", certificate-authority: ca" + elsewhere, "tokenFile: token", string(ca), "made", ""},
		{"a token beside its file", ", certificate-authority: ca", "tokenFile: token, token: other", string(ca), "made", ""},
		{"a token beside a file that is not there", ", certificate-authority: ca", "tokenFile: nowhere, token: made", string(ca), "made", ""},
		{"an empty CA", ", certificate-authority: ca", "token: made", "", "", "ca\": got an empty file"},
		{"an empty token", ", certificate-authority: ca", "tokenFile: token", string(ca), "\n", "token\": got an empty file"},
		{"no token", ", certificate-authority: ca", "tokenFile: nowhere", string(ca), "", "nowhere\": the file does not exist"},
		{"a CA beside its file", ", certificate-authority: ca, certificate-authority-data: eA==", "token: made", string(ca), "", "got it beside certificate-authority-data"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := kubeAt(t, server.URL, tc.cluster, tc.user)
			for name, content := range map[string]string{"ca": tc.ca, "token": tc.token} {
				if err := os.WriteFile(filepath.Join(filepath.Dir(cfg.Kubeconfig), name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := get(t, cfg, "api/v1", time.Minute)
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("got %v, want the object", err)
			case tc.want != "" && (reason.Of(err) != reason.Config || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}

// TestKubeconfigsThatAreNone: each is a mistake of the configuration.
func TestKubeconfigsThatAreNone(t *testing.T) {
	const server = "https://127.0.0.1:1"
	is := func(content string) config.Kubernetes {
		cfg := kubeAt(t, server, "", "")
		if err := os.WriteFile(cfg.Kubeconfig, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	for name, cfg := range map[string]config.Kubernetes{
		"none, and no pod":                  {},
		"no YAML":                           is("clusters: ["),
		"a current context that is nowhere": is("current-context: nowhere\n"),
		"a CA that is none":                 kubeAt(t, server, ", certificate-authority-data: eA==", ""),
		"an address that is none":           kubeAt(t, "https://%zz", "", ""),
	} {
		if err := get(t, cfg, "api/v1", time.Minute); reason.Of(err) != reason.Config {
			t.Errorf("%s: got %v, want reason %q", name, err, reason.Config)
		}
	}
}

// TestAKubeconfigWithoutAServerIsNotThePods: client-go looks elsewhere where a file
// says too little, and who may name a lent one may name one that says nothing.
func TestAKubeconfigWithoutAServerIsNotThePods(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("got a request to the pod's own server") }))
	defer server.Close()
	host, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for name, value := range map[string]string{
		"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port, "KUBERNETES_MASTER": server.URL, "KUBECONFIG": kubeconfig(t, server.URL),
	} {
		t.Setenv(name, value)
	}
	const context = "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n"
	for name, content := range map[string]string{
		"nothing":                  "",
		"an empty object":          "{}",
		"its kind alone":           "apiVersion: v1\nkind: Config\n",
		"a context of nothing":     context,
		"a cluster without server": "clusters: [{name: c, cluster: {}}]\nusers: [{name: u, user: {token: x}}]\n" + context,
		"no current context":       "clusters: [{name: c, cluster: {}}]\nusers: [{name: u, user: {token: x}}]\n",
	} {
		path := filepath.Join(t.TempDir(), "lent")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		err := get(t, config.Kubernetes{Kubeconfig: path, Namespace: "n"}, "api/v1", time.Minute)
		if reason.Of(err) != reason.Config || !strings.Contains(err.Error(), "the kubeconfig \""+path) {
			t.Errorf("%s: got %v, want a mistake of the kubeconfig", name, err)
		}
	}
}
