package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestASecretThatNobodyRefreshesIsStale: its token is not printed. One whose
// ExternalSecret is merely not ready is, because that is the last good one.
func TestASecretThatNobodyRefreshesIsStale(t *testing.T) {
	for _, tc := range []struct {
		name, ready string
		refreshed   time.Duration
		exit        int
	}{
		{"in time", "True", time.Minute, exitOK},
		{"not ready", "False", time.Minute, exitOK},
		{"stale", "True", time.Hour, exitFailed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if strings.Contains(r.URL.Path, "/secrets/") {
					_, _ = io.WriteString(w, `{"data":{"token":"aHZzLkVYQU1QTEUwZXhhbXBsZTBFWEFNUExFMA==","QNAP_VAULT_TOKEN":"aHZzLkVYQU1QTEUwZXhhbXBsZTBFWEFNUExFMA=="}}`)
					return
				}
				_, _ = fmt.Fprintf(w, `{"spec":{"refreshInterval":"5m"},"status":{"refreshTime":%q,"conditions":[{"type":"Ready","status":%q}]}}`,
					time.Now().Add(-tc.refreshed).UTC().Format(time.RFC3339), tc.ready)
			}))
			defer server.Close()
			dir := t.TempDir()
			kubeconfig, file := filepath.Join(dir, "kubeconfig"), filepath.Join(dir, "config.yaml")
			for path, content := range map[string]string{
				kubeconfig: fmt.Sprintf("clusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n", server.URL),
				file:       fmt.Sprintf("flows: [{main: {kubernetes: {kubeconfig: %q, external_secret: {}, secret: {}}}}]\n", kubeconfig),
			} {
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var stdout, stderr bytes.Buffer
			exit := run(t.Context(), []string{"token", "--stdout", "--config.file=" + file}, &stdout, &stderr)
			if exit != tc.exit || (stdout.Len() > 0) != (tc.exit == exitOK) || tc.exit != exitOK && !strings.Contains(stderr.String(), "stale (the copy is older than it should be)") {
				t.Errorf("got exit code %d, %d bytes and %q", exit, stdout.Len(), stderr.String())
			}
		})
	}
}
