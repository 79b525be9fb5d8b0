package leader

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
)

// TestWhoIsSlowerDoesNotFail: of two that begin at once one makes the Lease second,
// and warned that taking part had failed, with every first rollout.
func TestWhoIsSlowerDoesNotFail(t *testing.T) {
	server := httptest.NewServer(absent(answer(409, `{"kind":"Status","reason":"AlreadyExists"}`)))
	defer server.Close()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf("clusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n", server.URL)
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c := New(config.Kubernetes{Kubeconfig: kubeconfig, Namespace: "n"}, leaseName, slog.New(slog.NewTextHandler(&log, nil)))
	c.round(t.Context())
	c.round(t.Context())
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `level=INFO msg="another candidate wrote the Lease first"`) {
		t.Errorf("got the log %s, want one line that is no warning", got)
	}
}
