package hop_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestALogoutThatFailsIsNoFinding, and one that hangs holds no check up for as long
// as it may: the token had been read.
func TestALogoutThatFailsIsNoFinding(t *testing.T) {
	jwt := filepath.Join(t.TempDir(), "jwt")
	if err := os.WriteFile(jwt, []byte("e30.e30.e30"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, logout := range map[string]http.HandlerFunc{
		"refused": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"hanging": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		server := http.NewServeMux()
		server.HandleFunc("/v1/auth/kubernetes/login", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"auth":{"client_token":"hvs.OWNownOWNownOWNownOWN001","token_type":"service"}}`)
		})
		server.HandleFunc("/v1/secret/data/token", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"data":{"data":{"token":"hvs.EXAMPLEexampleEXAMPLEex"},"metadata":{"version":1}}}`)
		})
		server.HandleFunc("/v1/auth/token/revoke-self", logout)
		vault := httptest.NewServer(server)
		defer vault.Close()
		reading, err := hop.NASKV(upstream.NASVault(config.Vault{
			Address: vault.URL, KV: &config.KV{Mount: "secret", Path: "token", Field: "token"},
			Auth: &config.Auth{Kubernetes: &config.KubernetesAuth{Mount: "kubernetes", Role: "exporter", JWTFile: jwt}},
		}))(t.Context()) // which has no end of its own
		if err != nil || reading.Token.IsZero() {
			t.Errorf("%s: got error %v, and a token %t, want a token and no error", name, err, !reading.Token.IsZero())
		}
		reading.Token.Destroy()
		tried := slices.ContainsFunc(reading.Steps, func(s upstream.Step) bool { return s.Operation == upstream.OpVaultLogout.Name && s.Reason != "" })
		if !tried {
			t.Errorf("%s: got the requests %+v, want a logout that failed among them", name, reading.Steps)
		}
	}
}
