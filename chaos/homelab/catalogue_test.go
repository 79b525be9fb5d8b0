//go:build !race

package homelab_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
)

func TestEveryFaultIsBlamedAndHeals(t *testing.T) {
	lab, cfg := start(t)
	checks := hop.Build(cfg, nil)
	if got := sees(observe(t, checks, patience(""))); got != "" {
		t.Fatalf("a new homelab: got %q, want green", got)
	}
	for _, fault := range lab.Faults() {
		t.Run(fault.Name, func(t *testing.T) {
			if fault.Hop != "" && flow.Remedy(fault.Hop, fault.Reason, flow.All()) == "" {
				t.Errorf("%s %s: want a remedy", fault.Hop, fault.Reason)
			}
			breakNow(t, lab, fault.Name)
			if fault.Name != chaos.TokenRotated { // an action is done again when it is asked for again
				breakNow(t, lab, fault.Name)
			}
			expect(t, checks, fault, fault.Seen, fault.Later != chaos.Nothing)
			lab.Sync()
			expect(t, checks, fault, later(fault.Fault), true)
			heal(t, lab, fault.Name)
			if got := sees(observe(t, checks, patience(""))); got != "" {
				t.Fatalf("after healing: got %q, want green", got)
			}
			heal(t, lab, fault.Name) // the next fault's consequences tell whether this did anything
			for _, other := range lab.Faults() {
				if other.Broken {
					t.Errorf("after healing: %q is broken", other.Name)
				}
			}
		})
	}
}

// later is what the checks see once the copiers have run.
func later(f chaos.Fault) string {
	switch f.Later {
	case "":
		return f.Seen
	case chaos.Nothing:
		return ""
	}
	return f.Later
}

func expect(t *testing.T, checks []hop.Hop, fault homelab.FaultState, want string, judge bool) {
	t.Helper()
	got := observe(t, checks, patience(fault.Name))
	if diff := cmp.Diff(want, sees(got)); diff != "" {
		t.Errorf("what the exporter sees (-want +got):\n%s", diff)
	}
	verdict := flow.Judge(got)
	if judge && (verdict.Hop != fault.Hop || verdict.Reason != fault.Reason) {
		t.Errorf("got blame %q %q, want %q %q", verdict.Hop, verdict.Reason, fault.Hop, fault.Reason)
	}
}
