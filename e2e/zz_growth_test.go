//go:build e2e

package e2e

import (
	"context"
	"flag"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/growth"
)

var soak = flag.Duration("soak", 0, "how long the lab is put under random outages; not at all without")

// TestExporterDoesNotGrow puts the lab under random outages. Its file is the last
// by name, since what it does to the lab's history is seen for minutes.
func TestExporterDoesNotGrow(t *testing.T) {
	if *soak == 0 {
		t.Skip("not run: -soak says for how long")
	}
	var faults []growth.Fault
	for _, f := range chaos.Lab() {
		verb, err := drill.Find(f.Name)
		must(t, err)
		faults = append(faults, growth.Fault{
			Name:  f.Name,
			Break: func(ctx context.Context) error { return verb.Inject(ctx, home) },
			Heal:  func(ctx context.Context) error { return verb.Undo(ctx, home) },
		})
	}
	samples, err := growth.Soak(t.Context(), *soak, uint64(time.Now().UnixNano()), home.ExporterURL()+"/metrics", faults, t.Logf)
	must(t, err)
	t.Log(growth.Table(samples, growth.Short))
	for _, s := range growth.Slopes(samples, growth.Short) {
		if !s.Flat() {
			t.Errorf("%s: got %+.4f a slot, want at most %g", s.Metric, s.PerSlot, s.Limit)
		}
	}
	recovers(t)
}
