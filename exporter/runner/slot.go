package runner

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// grace is how long a check may take to notice that its time is over, before
// it is given up. Offset, timeout and grace together fit into a slot.
func (f Flow) grace() time.Duration { return min(time.Second, (f.Interval-f.Timeout)/4) }

// spread is how far into its slot a check may begin and still end within it.
func (f Flow) spread() time.Duration { return f.Interval - f.Timeout - f.grace() }

// turn is one task of the flow's slots: when it is due in each, and what it does.
// A slot is judged without the turns of observers.
type turn struct {
	offset   time.Duration
	observes bool
	run      func(ctx context.Context)
}

// turns are those of every slot, in the order in which they are due.
func (r *Runner) turns() []turn {
	var all []turn
	for i, t := range r.hops {
		all = append(all, turn{offset: r.offset(t.name), run: func(ctx context.Context) {
			if o := r.check(ctx, t); o.Reason != reason.Canceled { // the exporter is stopping; that says nothing about the hop
				r.checked(r.flow.Hops[i].Name, o)
			}
		}})
	}
	for i, t := range r.observers {
		all = append(all, turn{offset: r.offset(t.name), observes: true, run: func(ctx context.Context) {
			if o := r.check(ctx, t); o.Reason != reason.Canceled {
				r.observed(r.flow.Observers[i], o)
			}
		}})
	}
	slices.SortStableFunc(all, func(a, b turn) int { return cmp.Compare(a.offset, b.offset) })
	return all
}

// slot begins every turn when it is due, and returns when the last of them has
// begun: what is not yet due has no goroutine that waits for it. When the checks
// have ended, each within the slot or given up, the flow is judged on what is
// known then. All that goes on is in running.
func (r *Runner) slot(ctx context.Context, begin time.Time, turns []turn, running *sync.WaitGroup) {
	ctx, span := r.startSlot(ctx, begin)
	var hops sync.WaitGroup
	for _, t := range turns {
		at := begin.Add(t.offset)
		if !wait(ctx, at) {
			return // the exporter is stopping, and the slot tells nothing
		}
		r.shared.Metrics.Lag(time.Since(at))
		if !t.observes {
			hops.Add(1)
		}
		running.Go(func() {
			t.run(ctx)
			if !t.observes {
				hops.Done()
			}
		})
	}
	running.Go(func() {
		if hops.Wait(); ctx.Err() == nil {
			endSlot(span, r.judge())
		}
	})
}

// offset spreads the checks over the slot so that they do not all hit the NAS in
// the same moment. It depends on names only: a restart does not move it, and
// every check still ends within its slot.
func (r *Runner) offset(name string) time.Duration {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(r.flow.Name + "/" + name))
	return time.Duration(hash.Sum64() % uint64(r.flow.spread())) // #nosec G115 -- below a spread, which is a positive duration
}

// Once checks every hop once, now, and judges the flow. It is the smoke test.
// Where ctx ends before, what was not checked counts as canceled.
func (r *Runner) Once(ctx context.Context) {
	defer r.end(ctx)
	ctx, span := r.startSlot(ctx, time.Now())
	for i, t := range r.hops {
		r.checked(r.flow.Hops[i].Name, r.check(ctx, t))
	}
	endSlot(span, r.judge())
	for i, t := range r.observers {
		r.observed(r.flow.Observers[i], r.check(ctx, t))
	}
}
