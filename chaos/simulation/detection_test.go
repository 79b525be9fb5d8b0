//go:build !race

package simulation_test

import (
	"slices"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/chaos/simulation"
)

// TestNetworkFaultsAreInTheMetricsInTime breaks each link at many moments of a slot,
// and looks when the next check of its hop must have ended: an interval and a
// timeout later, and what the runner may take to give a check up.
func TestNetworkFaultsAreInTheMetricsInTime(t *testing.T) {
	const (
		moments = 7
		spare   = 50 * time.Millisecond
	)
	inTime := simulation.Pace.Interval + simulation.Pace.Timeout + spare
	for _, f := range chaos.Simulated() {
		if f.Link == nil || f.Hop == "" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			var script simulation.Script
			var looks []time.Duration
			now := time.Duration(0)
			wait := func(d time.Duration) {
				script = append(script, simulation.Step{Do: oracle.Wait, For: d})
				now += d
			}
			// Slots begin with the run. Each cycle is whole slots and a share of one.
			wait(2 * simulation.Pace.Interval)
			for range moments {
				script = append(script, simulation.Step{Do: oracle.Break, Fault: f.Name})
				looks = append(looks, now+inTime)
				wait(inTime + time.Second)
				script = append(script, simulation.Step{Do: oracle.Heal, Fault: f.Name})
				wait(5*simulation.Pace.Interval + simulation.Pace.Interval/moments - inTime - time.Second)
			}
			h := simulation.Run(t, script, simulation.Options{TLS: simulation.NeedsTLS(f), Copiers: time.Minute, At: looks})
			for _, at := range looks {
				i := slices.IndexFunc(h.Scrapes, func(s oracle.Scrape) bool { return s.At == at })
				if i < 0 {
					t.Fatalf("got no scrape at %s", at)
				}
				if !slices.Contains(h.Scrapes[i].Down, f.Hop) {
					t.Errorf("broken at %s, of a slot %s: %s after it got %v down, want %s among them",
						at-inTime, (at-inTime)%simulation.Pace.Interval, inTime, h.Scrapes[i].Down, f.Hop)
				}
			}
		})
	}
}
