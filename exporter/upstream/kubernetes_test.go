package upstream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// kubeAt writes a kubeconfig for server; user and cluster are further settings.

func kubeAt(t testing.TB, server, cluster, user string) config.Kubernetes {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	content := fmt.Sprintf("clusters: [{name: c, cluster: {server: %q%s}}]\nusers: [{name: u, user: {%s}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\ncurrent-context: c\n", server, cluster, user)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Kubernetes{Kubeconfig: path, Namespace: "n"}
}

// insecure is for servers that are themselves not looked at.

const insecure = ", insecure-skip-tls-verify: true"

// get asks for one object within limit.

func get(t *testing.T, cfg config.Kubernetes, group string, limit time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	client, err := upstream.OpenKubernetes(cfg, &upstream.Trace{})
	if err != nil {
		return err
	}
	defer client.Close()
	var object struct{}
	return client.Get(ctx, group, "things", "x", &object)
}

// object serves one object, to whoever brings the token.

func object(token string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if token != "" && r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{}`)
	}
}

// TestKubernetesConnectionsAreClosed where the server keeps them: one of them and

// two goroutines stayed behind for every check.

func TestKubernetesConnectionsAreClosed(t *testing.T) {
	var open atomic.Int32
	server := httptest.NewUnstartedServer(object("secret"))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed:
			open.Add(-1)
		}
	}
	server.StartTLS()
	defer server.Close()
	cfg := kubeAt(t, server.URL, insecure, "token: secret")
	for range 50 {
		if err := get(t, cfg, "api/v1", 20*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "all connections are closed", func() bool { return open.Load() == 0 })
}

// until waits for a condition that nothing else can hold up.

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for again := time.NewTicker(5 * time.Millisecond); ctx.Err() == nil; <-again.C {
		if holds() {
			return
		}
	}
	t.Errorf("waiting in vain until %s", what)
}

// TestAMissingKindIsNoMissingObject.

func TestAMissingKindIsNoMissingObject(t *testing.T) {
	const absent = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","details":{"name":"x","kind":"things"},"code":404}`
	for _, tc := range []struct {
		group, body string
		want        reason.Reason
	}{
		{"apis/external-secrets.io/v1", absent, reason.NotFound},
		{"apis/external-secrets.io/v1", "404 page not found\n", reason.APIMissing},
		{"api/v1", absent, reason.NotFound},
		{"api/v1", "404 page not found\n", reason.MalformedResponse},
		{"apis/batch/v1", "<html>Not Found", reason.MalformedResponse},
	} {
		err := get(t, kubeAt(t, answers(t, 404, nil, tc.body), "", ""), tc.group, 20*time.Second)
		if reason.Of(err) != tc.want {
			t.Errorf("%s, %q: got %v, want reason %q", tc.group, tc.body, err, tc.want)
		}
	}
}

// TestKubernetesAndWhatIsNot.

func TestKubernetesAndWhatIsNot(t *testing.T) {
	secure := httptest.NewUnstartedServer(object(""))
	secure.Config.ErrorLog = discard
	secure.StartTLS()
	defer secure.Close()
	for _, tc := range []struct {
		name, server, cluster string
		want                  reason.Reason
	}{
		{"plain HTTP to a port for TLS", strings.Replace(secure.URL, "https:", "http:", 1), "", reason.TLSRequired},
		{"without a CA, the system's count", secure.URL, "", reason.TLSUntrusted},
		{"redirected", answers(t, 302, http.Header{"Location": {"https://sso.example/"}}, ""), "", reason.Redirected},
	} {
		if err := get(t, kubeAt(t, tc.server, tc.cluster, ""), "api/v1", 20*time.Second); reason.Of(err) != tc.want {
			t.Errorf("%s: got %v, want reason %q", tc.name, err, tc.want)
		}
	}
}

type item struct{ Name string }

// TestListsComeInPages, and somebody else's many objects do not stop us.

func TestListsComeInPages(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RawQuery)
		w.Header().Set("Content-Type", "application/json")
		page := map[string]string{
			"":    `{"kind":"List","metadata":{"continue":"a&b"},"items":[{"Name":"1"},{"Name":"2","rest":{"a":[1,2]}}]}`,
			"a&b": `{"items":[{"Name":"3"}],"metadata":{"continue":""}}`,
		}[r.URL.Query().Get("continue")]
		_, _ = io.WriteString(w, page)
	}))
	defer server.Close()
	got := list(t, server.URL, map[string]string{"b": "2", "a": "1"})
	if strings.Join(got, " ") != "1 2 3" {
		t.Errorf("got %q", got)
	}
	if len(asked) != 2 || asked[0] != "labelSelector=a%3D1%2Cb%3D2&limit=100" || asked[1] != "continue=a%26b&"+asked[0] {
		t.Errorf("got the queries %q", asked)
	}
}

func list(t *testing.T, server string, labels map[string]string) (names []string) {
	t.Helper()
	client, err := upstream.OpenKubernetes(kubeAt(t, server, "", ""), &upstream.Trace{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	err = upstream.List(t.Context(), client, "apis/batch/v1", "jobs", labels, func(i item) { names = append(names, i.Name) })
	if err != nil {
		names = append(names, string(reason.Of(err)))
	}
	return names
}

func TestListsThatAreNone(t *testing.T) {
	var pages atomic.Int32
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		pages.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"metadata":{"continue":"more"},"items":[]}`)
	}))
	defer endless.Close()
	if got := list(t, endless.URL, nil); got != nil || pages.Load() != 20 {
		t.Errorf("a list without an end: got %q after %d pages", got, pages.Load())
	}
	jobs := make([]map[string]string, 470)
	for i := range jobs {
		jobs[i] = map[string]string{"rest": strings.Repeat("y", 11<<10)}
	}
	many, err := json.Marshal(map[string]any{"items": jobs})
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]int{`{"items":null}`: 0, string(many): 470} {
		if got := list(t, answers(t, 200, http.Header{"Content-Type": {"application/json"}}, body), nil); len(got) != want {
			t.Errorf("got %d items, want %d", len(got), want)
		}
	}
	for _, body := range []string{`{}`, `[]`, `{"items":{}}`, `{"items":[`, `{"items":[1]}`, `{"items":[` + strings.Repeat("{},", 600_000) + `{}]}`, `{"items":[{"metadata":{"name":"` + strings.Repeat("y", 5<<20) + `"}}]}`} {
		got := list(t, answers(t, 200, http.Header{"Content-Type": {"application/json"}}, body), nil)
		if last := got[len(got)-1]; last != string(reason.MalformedResponse) && last != string(reason.Truncated) {
			t.Errorf("%.20s: got %q", body, last)
		}
	}
}

// TestCredentialPlugins: what one gets wrong was the exporter's own failure.

// TestAPluginThatHangsIsEnded with the check, and so is what it started.

// ended reports whether a process is gone, or dead and not yet collected.

// TestPluginCertificates: a plugin may make a client certificate instead.
