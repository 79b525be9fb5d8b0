package runner

import (
	"context"
	"errors"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// probeDistance is how long the result of a probe serves whoever asks next:
// hundreds who probe ask an upstream once a second.
const probeDistance = time.Second

// ErrBusy says that a probe gave way to the schedule, and learned nothing.
var ErrBusy = errors.New("the schedule is checking what the probe needs; ask again in a moment")

// prober answers everybody who asks about one hop at a time by one check.
type prober struct {
	task *task
	gate string // the resource that one check at a time may use, "" without one

	mu     sync.Mutex
	newest *visit
}

// visit is one check for those who probe; its result is there when done is closed.
type visit struct {
	done    chan struct{}
	outcome Outcome
	err     error
}

// probing is a task of its own: a probe takes no seat of the schedule's, and
// comes through the gate as a guest.
func probing(h hop.Hop) *task {
	h.Exclusive = ""
	return checking(h)
}

// Probe checks one hop now, for a person; it changes no state and no series.
// Its error is ErrBusy or nil. The reading's token is already destroyed.
func (r *Runner) Probe(ctx context.Context, name flow.Hop) (Outcome, error) {
	p := r.probes[name]
	if p == nil {
		return Outcome{Err: reason.Errorf(reason.Config, "probing hop %q of flow %q: got no such hop", name, r.flow.Name)}, nil
	}
	p.mu.Lock()
	if p.newest == nil || p.newest.old() {
		p.newest = &visit{done: make(chan struct{})}
		// It goes on when the first who asked has gone away: others wait for it.
		go r.visit(context.WithoutCancel(ctx), p, p.newest)
	}
	v := p.newest
	p.mu.Unlock()
	select {
	case <-v.done:
		return v.outcome, v.err
	case <-ctx.Done():
		return Outcome{Err: reason.From(ctx.Err(), "probing hop %q of flow %q", name, r.flow.Name)}, nil
	}
}

// old reports whether the visit has ended and may no longer speak for now.
func (v *visit) old() bool {
	select {
	case <-v.done:
		return v.err != nil || time.Since(v.outcome.End) >= probeDistance
	default:
		return false
	}
}

func (r *Runner) visit(ctx context.Context, p *prober, v *visit) {
	defer close(v.done)
	ctx, leave, ok := r.shared.Gates.visit(ctx, p.gate)
	if !ok {
		v.err = ErrBusy
		return
	}
	defer leave()
	v.outcome = r.check(ctx, p.task, &claim{})
	v.outcome.destroy()
	if v.outcome.Reason == reason.Canceled {
		v.err = ErrBusy
	}
}
