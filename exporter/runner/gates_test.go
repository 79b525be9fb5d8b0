package runner_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// fleet is many flows that share their gates, and how many checks go on at once.
type fleet struct {
	bench
	now, most atomic.Int32
}

// run runs the flows, of those hops each, for so many slots.
func (f *fleet) run(t *testing.T, names []string, slots int, hops func(name string) []hop.Hop) {
	f.t, f.metrics = t, metrics.New(prometheus.NewRegistry())
	with := shared(f.metrics, runner.NewGates())
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(slots)*interval-time.Millisecond)
	defer cancel()
	var all sync.WaitGroup
	for _, name := range names {
		r := runner.New(runner.Flow{Name: name, Interval: interval, Timeout: timeout, Hops: hops(name)}, with)
		all.Go(func() { r.Run(ctx) })
	}
	all.Wait()
}

// takes is a check that takes d, and is counted while it goes on.
func (f *fleet) takes(d time.Duration) hop.Check {
	return func(ctx context.Context) (hop.Reading, error) {
		now := f.now.Add(1)
		for most := f.most.Load(); now > most && !f.most.CompareAndSwap(most, now); most = f.most.Load() {
		}
		defer f.now.Add(-1)
		return pause(ctx, d)
	}
}

// slots are the slots of each flow by result.
func (f *fleet) slots() map[string]map[string]int {
	text, err := testutil.GatherAndFormat(f.metrics, expfmt.TypeTextPlain, "nas_flow_slots_total")
	if err != nil {
		f.t.Fatal(err)
	}
	found := map[string]map[string]int{}
	for line := range strings.Lines(string(text)) {
		var n int
		quoted := strings.Split(line, `"`)
		if _, err := fmt.Sscanf(line[strings.LastIndex(line, " ")+1:], "%d", &n); err != nil || len(quoted) < 5 {
			continue
		}
		if found[quoted[1]] == nil {
			found[quoted[1]] = map[string]int{}
		}
		found[quoted[1]][quoted[3]] = n
	}
	return found
}

// samples is the value of a series.
func (f *fleet) samples(series string) (value float64) {
	text, err := testutil.GatherAndFormat(f.metrics, expfmt.TypeTextPlain, catalogue.SchedulerLag)
	if err != nil {
		f.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), series+" ")
	if _, err := fmt.Sscan(after, &value); err != nil {
		f.t.Fatalf("reading %q: %v", series, err)
	}
	return value
}

func names(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("flow-%d", i)
	}
	return all
}

// upstreams are three hops at a server of the flow's own.
func upstreams(check hop.Check) func(string) []hop.Hop {
	return func(name string) []hop.Hop {
		return []hop.Hop{
			{Name: flow.NASVault, Check: check, Upstream: name}, {Name: flow.MainVault, Check: check, Upstream: name}, {Name: flow.K8sSecret, Check: check, Upstream: name},
		}
	}
}

// TestOverloadIsSkippedSlotsAndBlamesNobody: a thousand flows whose checks take
// so long that there is room for half of them only. What there is room for is
// whole slots, and each flow has its share of them.
func TestOverloadIsSkippedSlotsAndBlamesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fleet
		const slots = 20
		f.run(t, names(1000), slots, upstreams(f.takes(timeout-time.Millisecond)))
		if got := f.most.Load(); got != 256 {
			t.Errorf("got %d checks at once, want the 256 that there is room for", got)
		}
		f.series("nas_hop_failures_total")
		if within, all := f.samples(catalogue.SchedulerLag+`_bucket{le="1"}`), f.samples(catalogue.SchedulerLag+"_count"); within > 0.99*all {
			t.Errorf("got %g of %g starts within a second, want so few that the alert about lag fires", within, all)
		}
		good := 0
		for name, found := range f.slots() {
			if found["good"]+found["skipped"] != slots {
				t.Errorf("%s: got %v, want %d slots that are good or skipped", name, found, slots)
			}
			if found["good"] < 5 {
				t.Errorf("%s: got %v, want a share as others have", name, found)
			}
			good += found["good"]
		}
		// 256 at once, of 5 s, in 600 s: 30,720 checks, three a slot.
		if whole := 256 * slots * 6 / 3; good < whole/2 {
			t.Errorf("got %d whole slots, want at least half of the %d that there is room for", good, whole)
		}
	})
}

// TestAnUpstreamThatHangsLeavesRoomForOthers: a server that a thousand flows share
// does not answer; the flows that have nothing to do with it lose no slot.
func TestAnUpstreamThatHangsLeavesRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fleet
		var others atomic.Int32
		well := func(ctx context.Context) (hop.Reading, error) {
			others.Add(1)
			return pause(ctx, 10*time.Millisecond)
		}
		hangs := f.takes(time.Hour)
		f.run(t, names(1100), 10, func(name string) []hop.Hop {
			if strings.HasPrefix(name, "flow-10") { // 111 of them
				return upstreams(well)(name)
			}
			return upstreams(hangs)("https://nas")
		})
		if got := f.most.Load(); got != 128 {
			t.Errorf("got %d checks at once at the server that hangs, want half of the room, 128", got)
		}
		timeouts, lost := 0, 0
		for name, found := range f.slots() {
			switch {
			case strings.HasPrefix(name, "flow-10"):
				if found["good"] != 10 {
					t.Errorf("%s: got %v, want 10 good slots", name, found)
				}
			default:
				timeouts += found["inconclusive"] + found["bad"] + found["degraded"]
				lost += found["skipped"]
			}
		}
		if timeouts == 0 || lost == 0 {
			t.Errorf("got %d slots that blame the server that hangs and %d that are skipped, want some of both", timeouts, lost)
		}
	})
}

// TestACrowdedEngineIsNoTimeout: forty flows share a Docker engine that answers,
// one exec at a time; there is room for fifteen of them in an interval.
func TestACrowdedEngineIsNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fleet
		const slots = 30
		f.run(t, names(40), slots, func(string) []hop.Hop {
			return []hop.Hop{
				{Name: flow.DockerExec, Check: f.takes(2 * time.Second), Upstream: "tcp://nas:2376", Exclusive: "tcp://nas:2376"},
				{Name: flow.K8sSecret, Check: passes},
			}
		})
		if got := f.most.Load(); got != 1 {
			t.Errorf("got %d at the engine at once, want 1", got)
		}
		f.series("nas_hop_failures_total")
		for name, found := range f.slots() {
			if found["good"]+found["skipped"] != slots || found["good"] < slots/6 {
				t.Errorf("%s: got %v, want %d slots that are good or skipped, and a sixth of them good", name, found, slots)
			}
		}
	})
}

// TestOverloadThatEndsIsOver: what the checks took is measured anew when a flow has
// its turn, so that all slots are looked at again a few later.
func TestOverloadThatEndsIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fleet
		const slots, slow, back = 20, 8, 4
		began := time.Now()
		f.run(t, names(1000), slots, upstreams(func(ctx context.Context) (hop.Reading, error) {
			if time.Since(began) < slow*interval {
				return pause(ctx, timeout-time.Millisecond)
			}
			return pause(ctx, time.Millisecond)
		}))
		for name, found := range f.slots() {
			if found["good"] < slots-slow-back {
				t.Errorf("%s: got %v, want at least %d good slots after the overload", name, found, slots-slow-back)
			}
		}
	})
}
