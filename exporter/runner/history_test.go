package runner

import (
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
)

// told are the steps in which something is known, by how many steps ago they were.
func told(h History) map[int]flow.Result {
	known := map[int]flow.Result{}
	for i, worst := range h.Worst {
		if worst != "" {
			known[len(h.Worst)-1-i] = worst
		}
	}
	return known
}

func TestHistoryKeepsTheWorstOfEachStep(t *testing.T) {
	begin := time.Date(2026, 11, 3, 3, 0, 0, 0, time.UTC)
	var h history
	for _, slot := range []struct {
		after time.Duration
		flow.Result
	}{
		{0, flow.Good}, {time.Minute, flow.Degraded}, {2 * time.Minute, flow.Good},
		{5 * time.Minute, flow.Inconclusive}, {6 * time.Minute, flow.Bad}, {20 * time.Minute, flow.Skipped}, {21 * time.Minute, flow.Good},
	} {
		h.add(begin.Add(slot.after), slot.Result)
	}
	got := h.until(begin.Add(31 * time.Minute))
	if diff := cmp.Diff(map[int]flow.Result{6: flow.Degraded, 5: flow.Bad, 2: flow.Skipped}, told(got)); diff != "" {
		t.Error(diff)
	}
	if len(got.Worst) != historySteps || !got.End.Equal(begin.Add(35*time.Minute)) {
		t.Errorf("got %d steps until %s", len(got.Worst), got.End)
	}
	if got := told(h.until(begin.Add(24*time.Hour + time.Minute))); len(got) != 2 || got[287] != flow.Bad {
		t.Errorf("got %v a day later, want the first step to be gone", got)
	}
	if got := told(h.until(begin.Add(1000 * time.Hour))); len(got) != 0 {
		t.Errorf("got %v long after, want nothing", got)
	}
}

// TestHistoryLikeAMap compares the ring with a map that keeps everything, over any
// steps of the clock, also backwards: what was ahead is forgotten then.
func TestHistoryLikeAMap(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var h history
		all := map[int64]flow.Result{}
		now := int64(5_000_000)
		for range 60 {
			now += []int64{0, 1, 1, 2, 40, 287, 288, 289, 1000, -1, -30, -400}[r.IntN(12)]
			at := time.Unix(now*300+int64(r.IntN(300)), 0)
			result := flow.Results()[r.IntN(len(flow.Results()))]
			h.add(at, result)
			for step := range all {
				if step > now || step <= now-historySteps {
					delete(all, step)
				}
			}
			if result.Severity() > all[now].Severity() {
				all[now] = result
			}
			want := map[int]flow.Result{}
			for step, worst := range all {
				want[int(now-step)] = worst
			}
			if diff := cmp.Diff(want, told(h.until(at))); diff != "" {
				t.Fatalf("seed %d: %s", seed, diff)
			}
		}
	}
}

// TestHistoryIsSmall: there are thousands of flows.
func TestHistoryIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(history{}); size > 300 {
		t.Errorf("got %d bytes a flow, want at most 300", size)
	}
}
