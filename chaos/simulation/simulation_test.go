//go:build !race

// What follows is slow under the race detector, and races are looked for in the
// tests of what it runs.

//go:debug tlsmlkem=0
//go:debug tlssecpmlkem=0

package simulation_test

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/common/model"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/chaos/simulation"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(800) // little of it lives, and there is room
	os.Exit(m.Run())
}

// parse is a script of the test's own.
func parse(t *testing.T, text string) simulation.Script {
	t.Helper()
	script, err := simulation.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// rules are the alerting rules by name.
func rules(t *testing.T) map[string]alerts.Rule {
	t.Helper()
	groups, err := alerts.Groups()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]alerts.Rule{}
	for _, g := range groups {
		for _, r := range g.Rules {
			byName[r.Alert] = r
		}
	}
	return byName
}

// alone is a fault that is there until all of its alerts are raised and somebody
// is told, and then until everything about it is over.
func alone(t *testing.T, f chaos.Fault, byName map[string]alerts.Rule) simulation.Script {
	lasts := 20 * time.Minute
	for i, name := range f.Embedded.Alerts {
		if i == 0 && byName[name].Labels["severity"] != "critical" {
			lasts = 45 * time.Minute // tickets wait, so that a page goes first
		}
		if after, err := model.ParseDuration(byName[name].For); err == nil {
			lasts = max(lasts, time.Duration(after)+15*time.Minute)
		}
	}
	return parse(t, fmt.Sprintf("wait 4m13s\nbreak %s\nwait %s\nheal %s\nwait 22m", f.Name, lasts, f.Name))
}

// TestEveryFault plays each fault alone, at true length: what the exporter says
// of it, exactly which alerts are raised, who is told, and that it ends.
func TestEveryFault(t *testing.T) {
	byName := rules(t)
	table := newTable(t)
	for _, f := range chaos.Embedded() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			h := simulation.RunPaged(t, alone(t, f, byName), simulation.Options{TLS: strings.HasPrefix(string(f.Reason), "tls")})
			found := oracle.Judge(h)
			complain(t, found)
			if diff := cmp.Diff(slices.Sorted(slices.Values(f.Embedded.Alerts)), raised(h)); diff != "" {
				t.Errorf("alerts raised (-want +got):\n%s", diff)
			}
			for _, s := range oracle.Spells(h) {
				t.Log(s)
				table.add(s, found)
				if s.Detected < 0 && f.Hop != "" || s.Recovered < 0 || f.Embedded.Quiet == "" && (s.Told < 0 || s.Resolved < 0) {
					t.Errorf("got something that never came: %s", s)
				}
			}
		})
	}
}

// raised are the alerts that fired, but for those that always do.
func raised(h oracle.History) []string {
	var names []string
	for _, e := range h.Events {
		if !slices.Contains(chaos.Standing(), e.Alert) {
			names = append(names, e.Alert)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// complain fails the test for what the oracle found, the first of it.
func complain(t *testing.T, found []oracle.Finding) {
	t.Helper()
	for i, f := range found {
		if i == 5 {
			t.Errorf("and %d more", len(found)-i)
			return
		}
		t.Error(f)
	}
}

// TestSameHistory: what a run says does not depend on how its goroutines are
// scheduled.
func TestSameHistory(t *testing.T) {
	script := parse(t, "wait 3m\nbreak nas-slow\nrotate\nwait 7m\nrestart\nbreak k8s-down\nwait 8m\nheal nas-slow\nheal k8s-down\nwait 7m")
	first := simulation.RunPaged(t, script, simulation.Options{})
	if diff := cmp.Diff(first, simulation.RunPaged(t, script, simulation.Options{}), cmpopts.IgnoreFields(oracle.Scrape{}, "Goroutines", "Connections")); diff != "" {
		t.Errorf("two runs of the same script (-first +second):\n%s", diff)
	}
	complain(t, oracle.Judge(first))
}

// TestEveryLink disturbs each link in each way: what is late, but in time, is
// well, and everything else is named.
func TestEveryLink(t *testing.T) {
	for _, f := range chaos.Simulated() {
		if f.Link == nil {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			h := simulation.Run(t, parse(t, fmt.Sprintf("wait 73s\nbreak %s\nwait 3m\nheal %s\nwait 7m", f.Name, f.Name)), simulation.Options{TLS: true})
			complain(t, oracle.Judge(h))
			for _, s := range oracle.Spells(h) {
				if s.Detected < 0 && f.Hop != "" || s.Recovered < 0 {
					t.Errorf("got something that never came: %s", s)
				}
			}
		})
	}
}
