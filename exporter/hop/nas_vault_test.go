package hop_test

import (
	"context"
	"os"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/features"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestWithoutFlagsNoneAreRead: without features_dir the flags were looked for in
// the working directory.
func TestWithoutFlagsNoneAreRead(t *testing.T) {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	t.Chdir(t.TempDir())
	for key, value := range map[string]string{
		features.KeyAutomatic: "true", features.KeyFallbackToManual: "false", features.KeyHealthCheckTimeout: "1ns",
	} {
		if err := os.WriteFile(key, []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := hop.NASVault(upstream.NASVault(*home.Flow.NAS.Vault), "")(ctx); err != nil {
		t.Errorf("without flags: got %v", err)
	}
	if _, err := hop.NASVault(upstream.NASVault(*home.Flow.NAS.Vault), ".")(ctx); err == nil {
		t.Error("with a flag of 1ns: got no error, want a timeout")
	}
}
