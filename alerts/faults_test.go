package alerts_test

import (
	"testing"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/chaos"
)

// allTiers are what is said of the faults, wherever they are played, by fault.
func allTiers() map[string][]chaos.Tier {
	all := map[string][]chaos.Tier{}
	for _, f := range chaos.Faults() {
		for _, tier := range []*chaos.Tier{f.Embedded, f.Lab} {
			if tier != nil {
				all[f.Name] = append(all[f.Name], *tier)
			}
		}
	}
	return all
}

// TestFaults compares the catalogue with the rules, both ways. That a fault
// really raises what it says is shown by TestEveryFault in the simulation and,
// with real components, by TestDrills in the lab.
func TestFaults(t *testing.T) {
	byName, _ := alertRules(t)
	raised := map[string]bool{}
	for fault, tiers := range allTiers() {
		for _, tier := range tiers {
			if (len(tier.Alerts) == 0) != (tier.Quiet != "") {
				t.Errorf("%s: want alerts, or a reason for none", fault)
			}
			for _, name := range tier.Alerts {
				raised[name] = true
				if _, ok := byName[name]; !ok {
					t.Errorf("%s: there is no alert %s", fault, name)
				}
			}
		}
	}
	for name := range byName {
		if _, excused := alerts.Unreachable()[name]; excused == raised[name] {
			t.Errorf("%s: want either a fault that raises it or a reason why none does", name)
		}
	}
	for name := range alerts.Unreachable() {
		if _, ok := byName[name]; !ok {
			t.Errorf("unreachable: there is no alert %s", name)
		}
	}
}
