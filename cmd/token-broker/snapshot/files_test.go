package snapshot

import (
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config/configtest"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestAWrongSnapshotIsNotWaitedFor: a large one is nothing wrong by itself, and
// its first bytes are those of no archive.
func TestAWrongSnapshotIsNotWaitedFor(t *testing.T) {
	for _, w := range configtest.WrongFiles(t) {
		t.Run(w.Name, func(t *testing.T) {
			want, says := reason.Config, w.Says
			if w.Name == "4 GiB" {
				want, says = reason.MalformedResponse, w.Path
			}
			err := configtest.InTime(t, func() error { return Verify(t.Context(), w.Path) })
			if reason.Of(err) != want || !strings.Contains(err.Error(), says) {
				t.Errorf("got %v, want %q and %s", err, want, says)
			}
		})
	}
}
