package runner

import (
	"context"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// task is a check that the runner runs again and again: that of a hop, or an
// observer's look.
type task struct {
	name string
	// exclusive, where set, names a resource that serves one check at a time.
	exclusive string
	do        func(context.Context) Outcome
	seat      seat
}

func checking(h hop.Hop) *task {
	return &task{name: string(h.Name), exclusive: h.Exclusive, do: func(ctx context.Context) (o Outcome) {
		o.Reading, o.Err = h.Check(ctx)
		return o
	}}
}

func looking(observer hop.Observer) *task {
	name := string(observer.Fact)
	if observer.Tier != "" {
		name += "/" + observer.Tier
	}
	return &task{name: name, do: func(ctx context.Context) (o Outcome) {
		o.seen, o.Err = observer.Look(ctx)
		return o
	}}
}

// seat has room for one running check. Nothing says that what a check reads or
// calls comes back; a check that does not keeps its seat, so that it is the
// only one of its kind that is ever left behind.
type seat struct {
	mu    sync.Mutex
	since time.Time // when the check that sits here began; zero while none does
}

// take takes the seat, or returns since when another check has it.
func (s *seat) take(now time.Time) (since time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() {
		s.since, ok = now, true
	}
	return s.since, ok
}

func (s *seat) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = time.Time{}
}

// attempt runs a check under the flow's timeout and always returns: with the
// check, or without it where it goes on a grace after its time is over. What
// it brings after that is thrown away.
func (r *Runner) attempt(ctx context.Context, t *task) Outcome {
	if ctx.Err() != nil {
		return Outcome{Err: reason.Errorf(reason.Canceled, "checking %q: the exporter stopped before it", t.name)}
	}
	limited, cancel := context.WithTimeout(withoutSpan(ctx), r.flow.Timeout)
	defer cancel()
	begin := time.Now()
	if since, free := t.seat.take(begin); !free {
		hanging := begin.Sub(since)
		return Outcome{hangs: true, Duration: hanging, Err: reason.Errorf(reason.Timeout, "checking %q: the check that began %s ago has not returned", t.name, hanging.Round(time.Second))}
	}
	leave, ok := r.shared.Gates.enter(limited, t.exclusive)
	if !ok {
		t.seat.leave()
		return Outcome{Err: reason.Errorf(reason.Timeout, "checking %q: others asked %q all the time, and it had no turn", t.name, t.exclusive)}
	}
	defer leave()
	o, ok := Bounded(limited, r.flow.grace(), func(ctx context.Context) Outcome {
		defer t.seat.leave()
		return r.guarded(ctx, t)
	}, func(o Outcome) {
		o.destroy()
		r.log.Info("check that did not return has ended; its result is thrown away", "hop", t.name, "after", time.Since(begin).Round(time.Second))
	})
	if ok {
		return o
	}
	r.log.Error("check does not return; it is left behind, and not started again before it does", "hop", t.name, "timeout", r.flow.Timeout)
	return Outcome{hangs: true, Duration: time.Since(begin), Err: reason.Errorf(reason.Timeout, "checking %q: it did not return when its time was over", t.name)}
}
