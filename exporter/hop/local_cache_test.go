package hop_test

import (
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestALocalCacheIsNotWaitedFor: one that was a pipe hung its observer. What is
// no file at all is the configuration's mistake and says nothing of the tier;
// what is too large is a file without a token.
func TestALocalCacheIsNotWaitedFor(t *testing.T) {
	for _, w := range configtest.WrongFiles(t) {
		t.Run(w.Name, func(t *testing.T) {
			want := reason.Config
			if w.Name == "4 GiB" {
				want = reason.Malformed
			}
			tier := hop.FallbackTiers(config.Flow{Fallback: &config.Fallback{LocalCache: &config.CacheFile{File: w.Path}}})[0]
			err := configtest.InTime(t, func() error { _, err := tier.Read(t.Context()); return err })
			if reason.Of(err) != want || !strings.Contains(err.Error(), w.Says) {
				t.Errorf("got %v, want %q and %s", err, want, w.Says)
			}
		})
	}
}

// TestALocalCacheThatIsNotThere is a tier that would serve nothing.
func TestALocalCacheThatIsNotThere(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	tier := hop.FallbackTiers(config.Flow{Fallback: &config.Fallback{LocalCache: &config.CacheFile{File: gone}}})[0]
	if _, err := tier.Read(t.Context()); reason.Of(err) != reason.NotFound {
		t.Errorf("got %v, want reason %q", err, reason.NotFound)
	}
}
