package runner

import (
	"context"
	"hash/fnv"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// grace is how long a check may take to notice that its time is over, before
// it is given up. Offset, timeout and grace together fit into a slot.
func (f Flow) grace() time.Duration { return min(time.Second, (f.Interval-f.Timeout)/4) }

// spread is how far into its slot a check may begin and still end within it.
func (f Flow) spread() time.Duration { return f.Interval - f.Timeout - f.grace() }

// slot checks every hop once, each at its own offset, and judges the flow.
// Every check ends or is given up before the slot is over, so a slot is always
// judged, on what is known then. Observers run beside it and cost it nothing.
func (r *Runner) slot(ctx context.Context, begin time.Time) {
	ctx, span := r.startSlot(ctx, begin)
	var hops, observers sync.WaitGroup
	defer observers.Wait()
	for i, t := range r.hops {
		hops.Go(func() {
			if !r.due(ctx, begin, t.name) {
				return
			}
			if o := r.check(ctx, t); o.Reason != reason.Canceled { // the exporter is stopping; that says nothing about the hop
				r.checked(r.flow.Hops[i].Name, o)
			}
		})
	}
	for i, t := range r.observers {
		observers.Go(func() {
			if !r.due(ctx, begin, t.name) {
				return
			}
			if o := r.check(ctx, t); o.Reason != reason.Canceled {
				r.observed(r.flow.Observers[i], o)
			}
		})
	}
	hops.Wait()
	if ctx.Err() != nil {
		return // the exporter is stopping, and the slot tells nothing
	}
	endSlot(span, r.judge())
}

// due waits until what is called name is due in the slot that began at begin,
// and reports false where ctx ended first.
func (r *Runner) due(ctx context.Context, begin time.Time, name string) bool {
	at := begin.Add(r.offset(name))
	if !wait(ctx, at) {
		return false
	}
	r.shared.Metrics.Lag(time.Since(at))
	return true
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
