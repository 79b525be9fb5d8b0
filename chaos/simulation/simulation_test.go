//go:build !race

// What follows is slow under the race detector, and races are looked for in the
// tests of what it runs.

//go:debug tlsmlkem=0
//go:debug tlssecpmlkem=0

package simulation_test

import (
	"flag"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace/noop"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/chaos/simulation"
)

func TestMain(m *testing.M) {
	// Little of what a run makes lives: nothing is collected below some gigabytes.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(3 << 30)
	// An engine has spans for every step of every rule, which nobody sees.
	otel.SetTracerProvider(noop.NewTracerProvider())
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

var atLength = flag.Bool("at-length", false, "play every fault at true length, not only the first of those that raise the same alerts")

// TestEveryFault plays each fault alone, at true length: what the exporter says
// of it, exactly which alerts are raised, who is told, and that it ends.
func TestEveryFault(t *testing.T) {
	rules, err := simulation.Rules()
	if err != nil {
		t.Fatal(err)
	}
	table := newTable(t)
	faults := simulation.Telling()
	if *atLength {
		faults = chaos.Simulated()
	}
	for _, f := range faults {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			h := simulation.RunPaged(t, simulation.Alone(f, rules), simulation.Options{TLS: simulation.NeedsTLS(f)})
			found := oracle.Judge(h)
			complain(t, found)
			if diff := cmp.Diff(slices.Sorted(slices.Values(f.Embedded.Alerts)), simulation.Raised(h)); diff != "" {
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

// TestEveryFaultBriefly plays every fault for a few slots, also those that raise
// what others do: what is late, but in time, is well, and all else is named. Links
// under TLS are disturbed on real sockets, by the tests of the embedded flow.
func TestEveryFaultBriefly(t *testing.T) {
	for _, f := range chaos.Simulated() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			h := simulation.Run(t, simulation.Brief(f), simulation.Options{TLS: simulation.NeedsTLS(f), Copiers: time.Minute})
			complain(t, oracle.Judge(h))
			for _, s := range oracle.Spells(h) {
				if s.Detected < 0 && f.Hop != "" || s.Recovered < 0 {
					t.Errorf("got something that never came: %s", s)
				}
			}
		})
	}
}
