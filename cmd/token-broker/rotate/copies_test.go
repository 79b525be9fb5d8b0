package rotate

import (
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config/configtest"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestTheTokenFileIsNotWaitedFor: one that was a pipe hung the rotation, deaf to
// the step's limit. What is too large is no token, as before.
func TestTheTokenFileIsNotWaitedFor(t *testing.T) {
	for _, w := range configtest.WrongFiles(t) {
		t.Run(w.Name, func(t *testing.T) {
			want := reason.FilePermission
			if w.Name == "4 GiB" {
				want = reason.Oversize
			}
			err := configtest.InTime(t, func() error { _, err := readFile(w.Path)(t.Context()); return err })
			if reason.Of(err) != want || !strings.Contains(err.Error(), w.Path) || !strings.Contains(err.Error(), w.Says) {
				t.Errorf("got %v, want %q and %s", err, want, w.Says)
			}
		})
	}
	if _, err := readFile(filepath.Join(t.TempDir(), "nowhere"))(t.Context()); reason.Of(err) != reason.NotFound {
		t.Errorf("got %v, want %q", err, reason.NotFound)
	}
}
