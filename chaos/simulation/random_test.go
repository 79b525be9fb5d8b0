//go:build !race

package simulation_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/chaos/simulation"
)

var (
	seed = flag.Uint64("seed", 20261128, "what a random run is made of")
	days = flag.Float64("days", 0.5, "how many virtual days of random faults are played")
)

// lanes are the runs that share the days; each has a core.
const lanes = 2

// TestRandomDays plays days of faults that come as they please, alone and
// together, with rotations and restarts: the oracle's rules hold for any mix.
func TestRandomDays(t *testing.T) {
	each := time.Duration(*days * 24 / lanes * float64(time.Hour))
	began, slots := time.Now(), make(chan int, lanes)
	t.Cleanup(func() {
		total := 0
		for range len(slots) {
			total += <-slots
		}
		t.Logf("seed %d: %.1f virtual days, %d slots, %.0f slots a second", *seed, *days, total, float64(total)/time.Since(began).Seconds())
	})
	for lane := range uint64(lanes) {
		t.Run(fmt.Sprint(lane), func(t *testing.T) {
			t.Parallel()
			script := simulation.Random(*seed+lane, each)
			h := simulation.RunPaged(t, script, simulation.Options{})
			last := h.Scrapes[len(h.Scrapes)-1]
			slots <- int(last.At / h.Interval)
			spells := oracle.Spells(h)
			t.Logf("%d faults, %d scrapes", len(spells), len(h.Scrapes))
			complain(t, oracle.Judge(h))
		})
	}
}
