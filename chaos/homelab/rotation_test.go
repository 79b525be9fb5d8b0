package homelab_test

import (
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/journal"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestAnOpenRotationIsSeenByTheExportersOwnCheck reads the journal with the
// login and the policy that the check has anyway.
func TestAnOpenRotationIsSeenByTheExportersOwnCheck(t *testing.T) {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	check := hop.NASKV(upstream.NASVault(*home.Flow.NAS.Vault))
	began := time.Now().Add(-2 * time.Hour)
	entry := journal.New("", began)
	for _, step := range []struct {
		notes map[string]string
		want  time.Time
	}{{nil, time.Time{}}, {map[string]string{entry.Key(): entry.Value(), "owner": "x"}, entry.Began}, {nil, time.Time{}}} {
		if err := home.Annotate(homelab.NAS, step.notes); err != nil {
			t.Fatal(err)
		}
		reading, err := check(t.Context())
		if err != nil || !reading.RotationOpened.Equal(step.want) {
			t.Errorf("notes %v: got a rotation from %s and %v, want %s", step.notes, reading.RotationOpened, err, step.want)
		}
	}
}
