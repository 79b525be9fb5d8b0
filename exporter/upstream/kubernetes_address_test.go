package upstream_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

func kubeconfig(t *testing.T, server string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	content := "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: '" + server + "'}}]\nusers: [{name: u, user: {token: x}}]\n" +
		"contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n"
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAPasswordInTheServersAddressIsRefused: it was quoted by every error about
// that server, in the log, on the page and in spans.
func TestAPasswordInTheServersAddressIsRefused(t *testing.T) {
	for _, server := range []string{"https://user:EXAMPLE0@127.0.0.1:1", "https://127.0.0.1:1/?token=EXAMPLE0"} {
		_, err := upstream.OpenKubernetes(config.Kubernetes{Kubeconfig: kubeconfig(t, server)}, &upstream.Trace{})
		if reason.Of(err) != reason.Config || strings.Contains(err.Error(), "EXAMPLE0") {
			t.Errorf("%s: got %v, want config and no quote", server, err)
		}
	}
}

// TestAGatewaysPathIsUsedAndNotShown: some clusters are behind one.
func TestAGatewaysPathIsUsedAndNotShown(t *testing.T) {
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}"))
	}))
	defer server.Close()
	var trace upstream.Trace
	client, err := upstream.OpenKubernetes(config.Kubernetes{Kubeconfig: kubeconfig(t, server.URL+"/k8s/EXAMPLE0"), Namespace: "n"}, &trace)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Get(t.Context(), "api/v1", "secrets", "s", &struct{}{}); err != nil {
		t.Fatal(err)
	}
	if want := "/k8s/EXAMPLE0/api/v1/namespaces/n/secrets/s"; asked != want {
		t.Errorf("got a request for %q, want %q", asked, want)
	}
	if got, want := trace.Steps[0].Target, server.URL+"/api/v1/namespaces/n/secrets/s"; got != want {
		t.Errorf("got the target %q, want %q", got, want)
	}
}
