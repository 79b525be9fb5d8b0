//go:build !race

package simulation_test

import (
	"flag"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/chaos/simulation"
	"homelab.io/vault-health-exporter/e2e/growth"
)

var soak = flag.Int("soak", 0, "how many slots one exporter serves under random faults while it is measured; not at all without")

// TestSoak has one exporter serve slots as those of a year, 10^6 of them, under
// random faults and rotations: no counter falls, and neither it nor the servers
// beside it grow. Nobody starts it anew.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("not run: -soak says for how many slots")
	}
	// As it is in production, where nothing links what reads a memory profile: the
	// runtime frees no stack that it has seen allocate.
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	defer func(rate int) { runtime.MemProfileRate = rate }(runtime.MemProfileRate)
	runtime.MemProfileRate = 0
	script := slices.DeleteFunc(simulation.Random(*seed, time.Duration(*soak)*simulation.Pace.Interval), func(s simulation.Step) bool { return s.Do == oracle.Restart })
	limits := growth.Short
	if *soak >= 100_000 {
		limits = growth.Long
	}
	const measured = 400 // times
	every := max(1, *soak/measured)
	began, slots := time.Now(), 0
	var samples []growth.Sample
	simulation.Run(t, script, simulation.Options{Seen: func(s oracle.Scrape) {
		complain(t, oracle.Counted(oracle.History{Pace: simulation.Pace, Scrapes: []oracle.Scrape{s}}))
		slots = 0
		for _, n := range s.Slots {
			slots += n
		}
		if len(samples) > 0 && slots < int(samples[len(samples)-1].Slots)+every {
			return
		}
		sample, err := growth.Own(slots)
		if err != nil {
			t.Error(err)
			return
		}
		samples = append(samples, sample)
		if len(samples)%(measured/20) == 0 { // a soak takes hours
			t.Log(growth.Table(samples, limits))
		}
	}})
	t.Logf("seed %d: %d slots, %.0f slots a second", *seed, slots, float64(slots)/time.Since(began).Seconds())
	for _, s := range growth.Slopes(samples, limits) {
		if !s.Flat() {
			t.Errorf("%s: got %+.4f a slot, want at most %g", s.Metric, s.PerSlot, s.Limit)
		}
	}
	t.Log(growth.Table(samples, limits))
}
