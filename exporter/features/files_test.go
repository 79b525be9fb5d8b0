package features_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config/configtest"
	"homelab.io/vault-health-exporter/exporter/features"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestAFlagIsNotWaitedFor: one that was a pipe hung the broker and the check.
func TestAFlagIsNotWaitedFor(t *testing.T) {
	for _, w := range configtest.WrongFiles(t) {
		for _, key := range []string{features.KeyAutomatic, features.KeyFallbackToManual, features.KeyHealthCheckTimeout} {
			t.Run(key+"/"+w.Name, func(t *testing.T) {
				dir := mount(t, keys())
				path := filepath.Join(dir, key)
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(w.Path, path); err != nil {
					t.Fatal(err)
				}
				err := configtest.InTime(t, func() error { _, err := features.Load(dir); return err })
				if reason.Of(err) != reason.Config || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), w.Says) {
					t.Errorf("got %v, want %s", err, w.Says)
				}
			})
		}
	}
}
