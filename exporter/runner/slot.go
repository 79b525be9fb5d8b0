package runner

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// grace is how long a check may take to notice that its time is over, before
// it is given up. Offset, timeout and grace together fit into a slot.
func (f Flow) grace() time.Duration { return min(time.Second, (f.Interval-f.Timeout)/4) }

// spread is how far into its slot a check may begin and still end within it.
func (f Flow) spread() time.Duration { return f.Interval - f.Timeout - f.grace() }

// lacking is how many slots long the checks are due earlier after one had no room.
const lacking = 10

// due is one task of the flow's slots: when it is due in each, and what it does.
// A slot is judged without those of observers.
type due struct {
	*task
	offset   time.Duration
	observes bool
	// run reports whether that told something.
	run func(ctx context.Context, c *claim) (told bool)
}

// dues are those of every slot, in their order.
func (r *Runner) dues() []due {
	var all []due
	for i, t := range r.hops {
		all = append(all, due{task: t, offset: r.offset(t), run: func(ctx context.Context, c *claim) bool {
			o := r.check(ctx, t, c)
			if o.void {
				return false
			}
			if o.Reason != reason.Canceled { // the exporter is stopping; that says nothing about the hop
				r.checked(r.flow.Hops[i].Name, o)
			}
			return true
		}})
	}
	for i, t := range r.observers {
		all = append(all, due{task: t, offset: r.offset(t), observes: true, run: func(ctx context.Context, c *claim) bool {
			if o := r.check(ctx, t, c); o.Reason != reason.Canceled {
				r.observed(r.flow.Observers[i], o)
			}
			return true
		}})
	}
	slices.SortStableFunc(all, func(a, b due) int { return cmp.Compare(a.offset, b.offset) })
	return all
}

// slot begins every task when it is due and there is room for it, and returns when
// the last of them is due: what is not yet due has no goroutine that waits for it.
// The last of the checks to end, within the slot or given up, has the flow judged on
// what is known then. A slot in which one of them had no room until it was too late
// is skipped. All that goes on is in running.
func (r *Runner) slot(ctx context.Context, timer *time.Timer, k int, begin time.Time, dues []due, running *sync.WaitGroup) {
	ctx, span := r.startSlot(ctx, begin)
	room, c := r.shared.Gates.room, &claim{rank: r.rank(k), latest: begin.Add(r.flow.spread())}
	admission, stop := context.WithDeadline(ctx, c.latest)
	running.Add(1)
	context.AfterFunc(admission, func() {
		defer running.Done()
		defer stop()
		room.close(c)
	})
	earlier := 1.0
	if room.lacked(begin.Add(-lacking * r.flow.Interval)) {
		earlier = r.flow.earlier()
	}
	var lost atomic.Bool
	var left atomic.Int32 // checks that have not ended, and this, which begins them
	left.Add(1)
	ended := func() {
		switch {
		case left.Add(-1) > 0 || ctx.Err() != nil:
		case lost.Load():
			endSlot(span, r.skip())
		default:
			endSlot(span, r.judge())
		}
	}
	for _, d := range dues {
		at := begin.Add(time.Duration(float64(d.offset) / earlier))
		if !wait(ctx, timer, at) {
			return // the exporter is stopping, and the slot tells nothing
		}
		running.Add(1)
		if !d.observes {
			left.Add(1)
		}
		room.enter(c, entrant{upstream: d.upstream, alone: d.exclusive != "", do: func(leave func()) {
			defer running.Done()
			if !d.observes {
				defer ended()
			}
			r.shared.Metrics.Lag(time.Since(at))
			if leave == nil {
				lost.Store(true)
				return
			}
			defer leave()
			if !d.run(ctx, c) {
				lost.Store(true)
			}
		}})
	}
	ended()
}

// rank is that of slot k among those of all flows. Each flow's goes round by the
// golden ratio: it is among the highest of all as often as that of any other, and
// at even distances. So a slot has room for all its checks or is in no other's way.
func (r *Runner) rank(k int) uint64 {
	const golden = 0x9e3779b97f4a7c15        // of 2^64
	return (r.hash("") + uint64(k)) * golden // #nosec G115 -- k is positive
}

// offset spreads the checks over the slot so that they do not all hit the NAS in
// the same moment. It depends on names only: a restart does not move it, and
// every check still ends within its slot. What others may keep waiting is due in
// the first half.
func (r *Runner) offset(t *task) time.Duration {
	spread := r.flow.spread()
	if t.exclusive != "" {
		spread = max(1, spread/2)
	}
	return time.Duration(r.hash(t.name) % uint64(spread)) // #nosec G115 -- below a spread, which is a positive duration
}

// earlier is how many times earlier in a slot the checks are due while there is not
// room for all, so that what is due last can still wait: as long as another one may
// take, and at most half of what there is.
func (f Flow) earlier() float64 {
	spread := f.spread()
	return float64(spread) / float64(max(spread/2, spread-f.Timeout))
}

// hash is a number that depends on the flow's name and another one only.
func (r *Runner) hash(name string) uint64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(r.flow.Name + "/" + name))
	return hash.Sum64()
}

// Once checks every hop once, now, and judges the flow. It is the smoke test.
// Where ctx ends before, what was not checked counts as canceled.
func (r *Runner) Once(ctx context.Context) {
	defer r.end(ctx)
	ctx, span := r.startSlot(ctx, time.Now())
	for i, t := range r.hops {
		r.checked(r.flow.Hops[i].Name, r.check(ctx, t, &claim{}))
	}
	endSlot(span, r.judge())
	for i, t := range r.observers {
		r.observed(r.flow.Observers[i], r.check(ctx, t, &claim{}))
	}
}
