//go:build !race

package exporter

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
)

// TestEveryFaultOfTheHomelabIsNamed breaks the embedded flow in every way that
// it knows and checks that the exporter names the hop and the reason, that the
// flow heals, and that nobody is blamed then.
func TestEveryFaultOfTheHomelabIsNamed(t *testing.T) {
	home, f := startHomelab(t)
	r, _ := testRunner(f)
	verdict := func() flow.Verdict {
		home.Sync()
		r.Once(t.Context())
		return r.Snapshot().Verdict
	}
	good := flow.Verdict{Result: flow.Good}
	if diff := cmp.Diff(good, verdict()); diff != "" {
		t.Fatalf("before any fault: %s", diff)
	}
	for _, fault := range home.Faults() {
		t.Run(fault.Name, func(t *testing.T) {
			if err := home.Break(fault.Name); err != nil {
				t.Fatal(err)
			}
			got := verdict()
			if got.Hop != fault.Hop || got.Reason != fault.Reason {
				t.Errorf("got %q with %q (%s), want %q with %q", got.Hop, got.Reason, got.Result, fault.Hop, fault.Reason)
				for _, h := range r.Snapshot().Hops {
					t.Logf("%s: %q", h.Hop, h.Reason)
				}
			}
			if err := home.Heal(fault.Name); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(good, verdict()); diff != "" {
				t.Errorf("after healing: %s", diff)
				for _, h := range r.Snapshot().Hops {
					t.Logf("%s: %q", h.Hop, h.Reason)
				}
			}
		})
	}
}
