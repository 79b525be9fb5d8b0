package runner

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// attempt runs a check under the flow's timeout and always returns: with the
// check, or without it where it goes on a grace after its time is over. What
// it brings after that is thrown away. How long it waits for its turn is no part of
// its time.
func (r *Runner) attempt(ctx context.Context, t *task, c *claim) Outcome {
	if ctx.Err() != nil {
		return Outcome{Err: reason.Errorf(reason.Canceled, "checking %q: the exporter stopped before it", t.name)}
	}
	if since, left, free := t.seat.take(time.Now()); !free {
		hanging := time.Since(since)
		return Outcome{hangs: left, void: !left, Duration: hanging, Err: reason.Errorf(reason.Timeout, "checking %q: the check that began %s ago has not returned", t.name, hanging.Round(time.Second))}
	}
	came := time.Now()
	leave, got := r.turn(ctx, t, c)
	if got != had {
		t.seat.leave()
		return Outcome{void: got == crowded, Duration: time.Since(came), Err: reason.Errorf(reason.Timeout, "checking %q: others asked %q all the time, and it had no turn", t.name, t.exclusive)}
	}
	answered := false
	defer func() { leave(answered) }()
	begin := time.Now()
	limited, cancel := context.WithTimeout(withoutSpan(ctx), r.flow.Timeout)
	defer cancel()
	o, ok := Bounded(limited, r.flow.grace(), func(ctx context.Context) Outcome {
		defer t.seat.leave()
		return r.guarded(ctx, t)
	}, func(o Outcome) {
		o.destroy()
		r.log.Info("check that did not return has ended; its result is thrown away", "hop", t.name, "after", time.Since(begin).Round(time.Second))
	})
	if !ok {
		t.seat.abandon()
		r.log.Error("check does not return; it is left behind, and not started again before it does", "hop", t.name, "timeout", r.flow.Timeout)
		o = Outcome{hangs: true, Err: reason.Errorf(reason.Timeout, "checking %q: it did not return when its time was over", t.name)}
	}
	o.Duration = time.Since(begin)
	answered = reason.Of(o.Err) != reason.Timeout
	return o
}

// turn waits for the task's turn at what serves one check at a time, if it asks
// such a thing: as long as a check could begin, and at least for the time that a
// check may take, which tells a crowd from a server that hangs.
func (r *Runner) turn(ctx context.Context, t *task, c *claim) (leave func(answered bool), got turn) {
	if t.exclusive == "" {
		return func(bool) {}, had
	}
	until := time.Now().Add(r.flow.Timeout)
	if until.Before(c.latest) {
		until = c.latest
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return r.shared.Gates.enter(ctx, t.exclusive, c)
}
