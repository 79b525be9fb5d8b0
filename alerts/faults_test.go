package alerts_test

import (
	"slices"
	"testing"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
)

// allFaults are those of the embedded flow and those of the lab.
func allFaults() []alerts.Fault {
	all := slices.Clone(alerts.Faults())
	for _, o := range alerts.Outages() {
		all = append(all, o.Fault)
	}
	return all
}

// TestFaults compares the tables with the rules and with the faults that exist,
// both ways. That a fault really raises what the table says is shown by
// TestFaultsOfTheEmbeddedFlow and, with real components, by TestPages in the
// lab, which compares its own faults with the other table.
func TestFaults(t *testing.T) {
	byName, _ := alertRules(t)
	raised := map[string]bool{}
	var named []string
	for _, f := range alerts.Faults() {
		named = append(named, f.Name)
	}
	for _, f := range allFaults() {
		if (len(f.Alerts) == 0) != (f.Quiet != "") {
			t.Errorf("%s: want alerts, or a reason for none", f.Name)
		}
		for _, name := range f.Alerts {
			raised[name] = true
			if _, ok := byName[name]; !ok {
				t.Errorf("%s: there is no alert %s", f.Name, name)
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
	var known []string
	for _, f := range homelabtest.Start(t, homelab.Options{}).Faults() {
		known = append(known, f.Name)
	}
	slices.Sort(known)
	slices.Sort(named)
	if !slices.Equal(known, named) {
		t.Errorf("got the faults %q, want %q", named, known)
	}
}
