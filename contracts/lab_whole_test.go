//go:build pact && e2e

package contracts_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/contracts"
)

// TestASpareThatDoesNotStartIsRemoved: its containers stayed until the end of the
// run, under the names that the next try wants.
func TestASpareThatDoesNotStartIsRemoved(t *testing.T) {
	there, made := map[string]bool{}, 0
	engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1.41/containers/"), "/")[0]
		switch {
		case name == "create":
			name = r.URL.Query().Get("name")
			if there[name] {
				w.WriteHeader(http.StatusConflict)
				return
			}
			there[name] = true
			made++
			w.WriteHeader(http.StatusCreated)
		case r.Method == http.MethodDelete:
			delete(there, name)
			w.WriteHeader(http.StatusNoContent)
		case strings.HasSuffix(r.URL.Path, "/start"):
			w.WriteHeader(http.StatusInternalServerError)
		default:
			_ = json.NewEncoder(w).Encode(struct{}{})
		}
	}))
	defer engine.Close()
	base, err := url.Parse(engine.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := spares{docker: access{base: base, transport: http.DefaultTransport}, image: "vault", program: programVault}
	for what, start := range map[string]func() error{
		"a fresh one": func() error { _, err := s.uninitialized(t.Context()); return err },
		"a standby":   func() error { _, err := s.standby(t.Context()); return err },
		"a cluster":   func() error { _, err := s.node(t.Context(), vaultAccess{}, contracts.VaultRedirects); return err },
	} {
		for try := range 2 {
			before := made
			if err := start(); err == nil || made != before+1 {
				t.Errorf("%s, try %d: got error %v and %d containers made, want an error and one", what, try+1, err, made-before)
			}
			if len(there) > 0 || len(s.started) > 0 {
				t.Errorf("%s, try %d: got containers %v left, and %q to be removed", what, try+1, there, s.started)
			}
		}
	}
}
