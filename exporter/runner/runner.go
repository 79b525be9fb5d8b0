// Package runner is the only caller of hop checks. Schedule, timeout, mutual
// exclusion, panic guard, recording and logging live here, once, for all hops.
package runner

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Flow says what to run and when.
type Flow struct {
	Name string
	// Interval is the time between two slots; Timeout, which is less, bounds one
	// check. What is between them is for the offsets and for giving up.
	Interval, Timeout time.Duration
	Hops              []hop.Hop
	// Observers look once in each slot; the slot does not wait for them.
	Observers []hop.Observer
	// PKIRole is the role of the hop pki, "" where there is none.
	PKIRole string
	// Opaque says that the values are no Vault tokens.
	Opaque bool
}

// Shared is what the runners of all flows use together.
type Shared struct {
	Log          *slog.Logger
	Fingerprints *token.Fingerprinter
	Metrics      *metrics.Metrics
	// Gates bound how many checks go on at once.
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

	hops      []*task // of flow.Hops, in their order
	observers []*task // of flow.Observers, in theirs
	probes    map[flow.Hop]*prober

	mu    sync.Mutex
	state *state
}

// New makes a Runner and creates the flow's series. It starts nothing.
func New(f Flow, shared Shared) *Runner {
	if shared.Tracer == nil {
		shared.Tracer = untraced()
	}
	names := make([]flow.Hop, len(f.Hops))
	labels := metrics.Labels{PKIRole: f.PKIRole, Opaque: f.Opaque}
	for i, h := range f.Hops {
		names[i] = h.Name
		for _, op := range h.Operations {
			labels.Operations = append(labels.Operations, op.Name)
		}
	}
	r := &Runner{
		flow:   f,
		shared: shared,
		log:    shared.Log.With("flow", f.Name),
		record: shared.Metrics.Flow(f.Name, names, labels),
		state:  newState(names),
		probes: map[flow.Hop]*prober{},
	}
	for _, h := range f.Hops {
		r.hops = append(r.hops, checking(h))
		r.probes[h.Name] = &prober{task: probing(h), gate: h.Exclusive}
	}
	for _, o := range f.Observers {
		r.observers = append(r.observers, looking(o))
	}
	return r
}

// Run begins slot after slot until ctx ends, and returns when no check of its
// own can record anything any more. Slot k begins at the start plus k
// intervals, whatever became of those before it: nothing waits for a check
// here. A slot that could not be ended in time any more, because the whole
// process stood still or too much else goes on, is counted as skipped.
func (r *Runner) Run(ctx context.Context) {
	defer r.end(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	dues := r.dues()
	start := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for k := 0; ; k++ {
		begin := start.Add(time.Duration(k) * r.flow.Interval)
		if !wait(ctx, timer, begin) {
			return
		}
		if time.Since(begin) > r.flow.spread() {
			r.skip()
			continue
		}
		r.slot(ctx, timer, k, begin, dues, &running)
	}
}

// end gives up what checks left to the next ones, in a bounded time. A check that
// was left behind, and a late probe, leave nothing any more.
func (r *Runner) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.flow.grace())
	defer cancel()
	for _, h := range r.flow.Hops {
		if h.End != nil {
			h.End(ctx)
		}
	}
}

// Remove deletes the flow's series; call it after Run has returned.
func (r *Runner) Remove() { r.record.Remove() }

// wait waits until the time t, by a timer that is used again and again, and
// reports false where ctx ended first.
func wait(ctx context.Context, timer *time.Timer, t time.Time) bool {
	timer.Reset(time.Until(t))
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
