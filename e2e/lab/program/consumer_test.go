package main

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
)

func TestLookupSelf(t *testing.T) {
	for _, test := range []struct {
		name   string
		token  string
		status int
		want   reason.Reason
	}{
		{"a token that authenticates", "hvs.something", http.StatusOK, ""},
		{"a token that does not", "hvs.something", http.StatusForbidden, reason.Revoked},
		{"a sealed Vault", "hvs.something", http.StatusServiceUnavailable, reason.Sealed},
		{"a broken Vault", "hvs.something", http.StatusInternalServerError, reason.HTTP5xx},
		{"no Vault", "hvs.something", http.StatusTeapot, reason.HTTPUnexpected},
		{"no token", "", http.StatusOK, reason.KeyMissing},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Vault-Token") != test.token {
					t.Error("got another token than the application's")
				}
				w.WriteHeader(test.status)
			}))
			defer server.Close()
			trust(t, server)
			if got := lookupSelf(t.Context(), server.URL, test.token); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLookupSelfWithoutServer(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	trust(t, server)
	server.Close()
	if got := lookupSelf(t.Context(), server.URL, "hvs.something"); got != reason.ConnectRefused {
		t.Errorf("got %q, want %q", got, reason.ConnectRefused)
	}
}

func trust(t *testing.T, server *httptest.Server) {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("VAULT_CACERT", ca)
}
