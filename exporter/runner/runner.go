// Package runner is the only caller of hop checks. Schedule, timeout, mutual
// exclusion, panic guard, recording and logging live here, once, for all hops.
package runner

import (
	"context"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Flow says what to run and when.
type Flow struct {
	Name string
	// Interval is the time between two slots; Timeout, which is less, bounds one check.
	Interval, Timeout time.Duration
	Hops              []hop.Hop
	// Observers look once in each slot, one after the other.
	Observers []hop.Observer
	// PKIRole is the role of the hop pki, "" where there is none.
	PKIRole string
}

// Shared is what the runners of all flows use together.
type Shared struct {
	Log          *slog.Logger
	Fingerprints *token.Fingerprinter
	Metrics      *metrics.Metrics
	// Gates keep checks with the same hop.Hop.Exclusive from overlapping.
	Gates *Gates
	// Tracer gets a trace of every slot; without one there are trace ids only.
	Tracer trace.Tracer
}

// Runner runs one flow.
type Runner struct {
	flow   Flow
	shared Shared
	log    *slog.Logger
	record *metrics.Flow

	mu    sync.Mutex
	state *state
}

// New makes a Runner and creates the flow's series. It starts nothing.
func New(f Flow, shared Shared) *Runner {
	if shared.Tracer == nil {
		shared.Tracer = untraced()
	}
	names := make([]flow.Hop, len(f.Hops))
	for i, h := range f.Hops {
		names[i] = h.Name
	}
	return &Runner{
		flow:   f,
		shared: shared,
		log:    shared.Log.With("flow", f.Name),
		record: shared.Metrics.Flow(f.Name, names, metrics.Labels{Operations: upstream.Operations(), PKIRole: f.PKIRole}),
		state:  newState(names),
	}
}

// Run runs slot after slot until ctx ends, and returns when no check is left
// running. Slot k begins at the start plus k intervals, whatever happened
// before; those that passed while nobody looked are counted as skipped.
func (r *Runner) Run(ctx context.Context) {
	start := time.Now()
	for k := 0; ; {
		begin := start.Add(time.Duration(k) * r.flow.Interval)
		if !wait(ctx, begin) {
			return
		}
		r.slot(ctx, begin)
		if ctx.Err() != nil {
			return
		}
		next := max(k+1, int((time.Since(start)-1)/r.flow.Interval)+1)
		for ; k+1 < next; k++ {
			r.record.Slot(flow.Verdict{Result: flow.Skipped})
		}
		k = next
	}
}

// Remove deletes the flow's series; call it after Run has returned.
func (r *Runner) Remove() { r.record.Remove() }

// slot checks every hop once, each at its own offset, and judges the flow.
func (r *Runner) slot(ctx context.Context, begin time.Time) {
	ctx, span := r.startSlot(ctx, begin)
	var wg sync.WaitGroup
	for _, h := range r.flow.Hops {
		wg.Go(func() {
			due := begin.Add(r.offset(h.Name))
			if !wait(ctx, due) {
				return
			}
			release, ok := r.shared.Gates.enter(ctx, h.Exclusive)
			if !ok {
				return
			}
			defer release()
			r.shared.Metrics.Lag(time.Since(due))
			r.checked(h.Name, r.check(ctx, h))
		})
	}
	wg.Go(func() { r.observe(ctx) })
	wg.Wait()
	if ctx.Err() != nil {
		return // the exporter is stopping, and the slot tells nothing
	}
	endSlot(span, r.judge())
}

// offset spreads the hops over the slot so that they do not all hit the NAS in
// the same moment. It depends on names only: a restart does not move it, and
// every check still ends within its slot.
func (r *Runner) offset(h flow.Hop) time.Duration {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(r.flow.Name + "/" + string(h)))
	return time.Duration(hash.Sum64() % uint64(r.flow.Interval-r.flow.Timeout))
}

// Once checks every hop once, now, and judges the flow. It is the smoke test.
func (r *Runner) Once(ctx context.Context) {
	ctx, span := r.startSlot(ctx, time.Now())
	for _, h := range r.flow.Hops {
		r.checked(h.Name, r.check(ctx, h))
	}
	r.observe(ctx)
	endSlot(span, r.judge())
}

// Probe checks one hop now, for a person; it changes no state and no series.
// Without such a hop ok is false. The reading's token is already destroyed.
func (r *Runner) Probe(ctx context.Context, name flow.Hop) (o Outcome, ok bool) {
	for _, h := range r.flow.Hops {
		if h.Name != name {
			continue
		}
		release, entered := r.shared.Gates.enter(ctx, h.Exclusive)
		if !entered {
			return Outcome{Err: ctx.Err()}, true
		}
		defer release()
		o = r.check(ctx, h)
		o.Reading.Token.Destroy()
		return o, true
	}
	return Outcome{}, false
}

// wait waits until the time t and reports false where ctx ended first.
func wait(ctx context.Context, t time.Time) bool {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
