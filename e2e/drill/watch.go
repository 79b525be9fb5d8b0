package drill

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// watch waits for the exporter's verdict, then whether it stands.
func (e *Engine) watch(ctx context.Context, r *Result) error {
	want := strings.TrimSpace(fmt.Sprintf("%s %s", r.Fault.Hop, r.Fault.Reason))
	bound := r.Fault.Lab.Onset/lab.AlertScale + 2*lab.Interval + lab.Timeout
	began := time.Now()
	named := began
	var first, since float64
	return e.poll(ctx, Slack*bound+actBound, func(s State) (bool, error) {
		if first == 0 {
			first = s.ended()
		}
		if s.Blame != "" && s.Blame != want && !slices.Contains(r.Via, s.Blame) {
			r.Via = append(r.Via, s.Blame)
			// The slot that goes on, and the next, may have seen a part of it only.
			if elsewhere := !strings.HasPrefix(s.Blame, string(r.Fault.Hop)+" "); want != "" && elsewhere && s.ended() > first+2 {
				r.problem("got blame %q, want %q", s.Blame, want)
			}
		}
		switch {
		case want == "": // a control, in the slot that goes on and in those after it
			return s.ended() > first+watched, nil
		case s.Blame != want && since == 0 && time.Since(began) > Slack*bound:
			r.problem("got blame %q after %s, want %q", s.Blame, Slack*bound, want)
			return true, nil
		case s.Blame != want && since == 0:
			return false, nil
		case s.Blame != want:
			r.problem("got blame %q after it had been %q", s.Blame, want)
			return true, nil
		case since == 0:
			named, since = time.Now(), s.ended()
			r.Detect = named.Sub(began)
		}
		return s.ended() >= since+watched, nil
	})
}

// Steady returns once as many slots in a row were good and everything is up.
func (e *Engine) Steady(ctx context.Context) (State, error) {
	var first, last State
	err := e.poll(ctx, Slack*steadyBound, func(s State) (bool, error) {
		last = s
		bad := s.ended() - s.Slots["good"]
		if first.Slots == nil || !s.Steady() || bad != first.ended()-first.Slots["good"] {
			first = s
			return false, nil
		}
		return s.Slots["good"] >= first.Slots["good"]+proof, nil
	})
	if err != nil {
		return last, fmt.Errorf("waiting for %d good slots in a row: %w; got %s", proof, err, last)
	}
	e.proven.State, e.proven.at = last, time.Now()
	return last, nil
}

// poll looks at the exporter again and again until a condition holds.
func (e *Engine) poll(ctx context.Context, bound time.Duration, done func(State) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	looks := e.looks
	if looks == nil {
		looks = &scrapes{}
	}
	for {
		s, err := looks.next(ctx, e.Lab.ExporterURL(), e.Lab.Flow())
		if err != nil {
			return err
		}
		if ended, err := done(s); ended || err != nil {
			return err
		}
	}
}
