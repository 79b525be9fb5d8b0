package step_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"homelab.io/vault-health-exporter/chaos/network"
	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
	exporter "homelab.io/vault-health-exporter/exporter/upstream"
)

// TestALogoutThatHangsEnds, whose own time begins where its step's is over: a run
// that is ended would wait for it.
func TestALogoutThatHangsEnds(t *testing.T) {
	jwt := filepath.Join(t.TempDir(), "jwt")
	if err := os.WriteFile(jwt, []byte("e30.e30.e30"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var network network.Network
		listener, err := network.Listen("192.0.2.1:8200")
		if err != nil {
			t.Fatal(err)
		}
		api := http.NewServeMux()
		api.HandleFunc("/v1/auth/kubernetes/login", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"auth":{"client_token":"hvs.OWNownOWNownOWNownOWN001","token_type":"service"}}`)
		})
		api.HandleFunc("/v1/auth/token/revoke-self", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		server := &http.Server{Handler: api, ReadHeaderTimeout: time.Minute}
		go func() { _ = server.Serve(listener) }()
		defer server.Close()

		ctx, cancel := context.WithCancel(exporter.Over(t.Context(), &network))
		defer cancel()
		var log strings.Builder
		start := time.Now()
		err = step.Log{Logger: slog.New(slog.NewTextHandler(&log, nil))}.MainVault(ctx, "try", step.VaultLimit, config.Vault{
			Address: "http://192.0.2.1:8200",
			Auth:    &config.Auth{Kubernetes: &config.KubernetesAuth{Mount: "kubernetes", Role: "broker", JWTFile: jwt}},
		}, func(context.Context, upstream.Vault) error {
			cancel()
			return nil
		})
		if took := time.Since(start); err != nil || took != 5*time.Second {
			t.Errorf("got error %v after %v, want none after 5s", err, took)
		}
		if !strings.Contains(log.String(), `msg="the login was not ended" step=try reason=timeout`) {
			t.Errorf("got no word of a login that was not ended; log:\n%s", &log)
		}
	})
}
