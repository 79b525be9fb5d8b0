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

// due is one task of the flow's slots: when it is due in each, and what it does.
// A slot is judged without those of observers.
type due struct {
	*task
	offset   time.Duration
	observes bool
	// run reports whether it was looked: not where too many others were in the way.
	run func(ctx context.Context, latest time.Time) (looked bool)
}

// dues are those of every slot, in their order.
func (r *Runner) dues() []due {
	var all []due
	for i, t := range r.hops {
		all = append(all, due{task: t, offset: r.offset(t), run: func(ctx context.Context, latest time.Time) bool {
			o := r.check(ctx, t, latest)
			if o.crowded {
				return false
			}
			if o.Reason != reason.Canceled { // the exporter is stopping; that says nothing about the hop
				r.checked(r.flow.Hops[i].Name, o)
			}
			return true
		}})
	}
	for i, t := range r.observers {
		all = append(all, due{task: t, offset: r.offset(t), observes: true, run: func(ctx context.Context, latest time.Time) bool {
			if o := r.check(ctx, t, latest); o.Reason != reason.Canceled {
				r.observed(r.flow.Observers[i], o)
			}
			return true
		}})
	}
	slices.SortStableFunc(all, func(a, b due) int { return cmp.Compare(a.offset, b.offset) })
	return all
}

// slot begins every task when it is due and there is room for it, and returns when
// the last of them has begun: what is not yet due has no goroutine that waits for
// it. The last of the checks to end, within the slot or given up, has the flow
// judged on what is known then. A slot in which one of them had no room until it
// was too late begins nothing more, and is skipped: the room is better used for
// one that can be judged. All that goes on is in running.
func (r *Runner) slot(ctx context.Context, timer *time.Timer, begin time.Time, dues []due, running *sync.WaitGroup) {
	ctx, span := r.startSlot(ctx, begin)
	latest := begin.Add(r.flow.spread())
	admission, stop := context.WithDeadline(ctx, latest)
	defer stop()
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
		at := begin.Add(d.offset)
		if !wait(ctx, timer, at) {
			return // the exporter is stopping, and the slot tells nothing
		}
		leave, ok := r.shared.Gates.admit(admission, d.upstream)
		r.shared.Metrics.Lag(time.Since(at))
		if !ok {
			lost.Store(true)
			break
		}
		if !d.observes {
			left.Add(1)
		}
		running.Go(func() {
			defer leave()
			began := time.Now()
			if !d.run(ctx, latest) {
				lost.Store(true)
			}
			r.weigh(d.task, time.Since(began))
			if !d.observes {
				ended()
			}
		})
	}
	ended()
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
		r.checked(r.flow.Hops[i].Name, r.check(ctx, t, time.Time{}))
	}
	endSlot(span, r.judge())
	for i, t := range r.observers {
		r.observed(r.flow.Observers[i], r.check(ctx, t, time.Time{}))
	}
}
