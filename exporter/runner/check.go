package runner

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Outcome is one finished check.
type Outcome struct {
	Reading  hop.Reading
	Err      error // nil, or an error with a reason
	Reason   reason.Reason
	End      time.Time
	Duration time.Duration
	TraceID  string
}

// check runs one check under the flow's timeout and survives its panic.
func (r *Runner) check(ctx context.Context, h hop.Hop) (o Outcome) {
	ctx, span := r.startCheck(ctx, h.Name)
	defer func() { r.endCheck(ctx, span, o) }()
	o.TraceID = span.SpanContext().TraceID().String()
	limited, cancel := context.WithTimeout(withoutSpan(ctx), r.flow.Timeout)
	defer cancel()
	start := time.Now()
	defer func() {
		if recover() != nil {
			// The panic's value is dropped: it may quote what was being read.
			r.shared.Metrics.Panicked()
			r.log.Error("check panicked", "hop", h.Name, "trace_id", o.TraceID, "at", frames())
			o.Err = reason.Errorf(reason.Internal, "checking %q: it panicked", h.Name)
		}
		o.End = time.Now()
		o.Duration = o.End.Sub(start)
		o.Reason = reason.Of(o.Err)
	}()
	o.Reading, o.Err = h.Check(limited)
	return o
}

// checked records a finished check of the hop called name.
func (r *Runner) checked(name flow.Hop, o Outcome) {
	if o.Reason == reason.Canceled {
		return // the exporter is stopping; this says nothing about the hop
	}
	requests := make([]metrics.Request, len(o.Reading.Steps))
	for i, s := range o.Reading.Steps {
		requests[i] = metrics.Request{Operation: s.Operation, Duration: s.Duration, Failed: s.Reason != ""}
	}
	r.record.Check(metrics.Check{
		Hop: name, End: o.End, Duration: o.Duration, Reason: o.Reason, TraceID: o.TraceID, Requests: requests,
	})
	r.facts(name, o)
	seen := r.shared.Fingerprints.Of(o.Reading.Token)
	o.Reading.Token.Destroy()

	r.mu.Lock()
	if auth := o.Reading.Auth; name == flow.Token && auth != nil {
		r.state.accepted = token.Fingerprint{}
		if auth.Valid {
			r.state.accepted = seen
		}
	}
	if e, _ := flow.Lookup(name); !e.HoldsToken {
		seen = token.Fingerprint{} // a token passes through here and is not kept here
	}
	changed := r.state.update(name, o, seen)
	r.mu.Unlock()
	r.values(name, changed)
	r.logCheck(name, o, changed)
}

func (r *Runner) logCheck(name flow.Hop, o Outcome, c change) {
	attrs := []any{"hop", name, "duration", o.Duration.Round(time.Microsecond), "trace_id", o.TraceID}
	switch {
	case c.failed:
		r.log.Warn("hop failed", append(attrs, "reason", o.Reason, "error", o.Err)...)
	case c.recovered:
		r.log.Info("hop recovered", attrs...)
	case o.Err != nil:
		r.log.Debug("check failed", append(attrs, "reason", o.Reason, "error", o.Err)...)
	default:
		r.log.Debug("check passed", attrs...)
	}
	if c.rotated {
		r.log.Info("token changed", "hop", name, "trace_id", o.TraceID)
	}
}

// frames names the functions on the panicking stack. A printed stack would
// carry arguments and the panic's value; names and lines cannot.
func frames() []string {
	pcs := make([]uintptr, 16)
	pcs = pcs[:runtime.Callers(4, pcs)]
	var lines []string
	walk := runtime.CallersFrames(pcs)
	for {
		f, more := walk.Next()
		lines = append(lines, fmt.Sprintf("%s:%d", f.Function, f.Line))
		if !more {
			return lines
		}
	}
}
