package runner

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// ticks are how many there are in a check's time, by which is measured for how long
// the process stood still.
const ticks = 8

// Outcome is one finished check.
type Outcome struct {
	Reading  hop.Reading
	Err      error // nil, or an error with a reason
	Reason   reason.Reason
	End      time.Time
	Duration time.Duration
	TraceID  string
	// Sent says that the trace is sent somewhere, where it can be looked at.
	Sent bool
	// seen is what an observer saw instead of a reading.
	seen hop.Observation
	// hangs says that the check has not returned and is left behind.
	hangs bool
	// void says that it tells nothing about the hop: too many others were in the way,
	// or the process stood still.
	void bool
}

// destroy overwrites the tokens that the check read.
func (o *Outcome) destroy() {
	o.Reading.Token.Destroy()
	o.seen.Token.Destroy()
}

// check runs one check and says how it ended, and it always ends.
func (r *Runner) check(ctx context.Context, t *task, c *claim) Outcome {
	ctx, span := r.startCheck(ctx, t.name)
	w := newWatch(r.flow.Timeout / ticks)
	o := r.attempt(ctx, t, c)
	if stood := w.stop(); o.Err != nil && stood > r.flow.Timeout/2 {
		o.void = true
	}
	switch {
	case o.Err != nil && ctx.Err() != nil:
		// Whatever else it says, it was cut off.
		o.Err = reason.Errorf(reason.Canceled, "checking %q: the exporter stopped meanwhile", t.name)
	case reason.Of(o.Err) == reason.Canceled:
		// Nobody stopped: something within the check gave up waiting.
		o.Err = reason.Errorf(reason.Timeout, "checking %q: a request was given up", t.name)
	}
	o.End = time.Now()
	o.Reason = reason.Of(o.Err)
	o.TraceID = span.SpanContext().TraceID().String()
	o.Sent = span.SpanContext().IsSampled()
	r.endCheck(ctx, span, o)
	return o
}

// guarded calls the check and survives its panic.
func (r *Runner) guarded(ctx context.Context, t *task) (o Outcome) {
	defer func() {
		if recover() != nil {
			// The panic's value is dropped: it may quote what was being read.
			r.shared.Metrics.Panicked()
			r.log.Error("check panicked", "hop", t.name, "at", frames())
			o.Err = reason.Errorf(reason.Internal, "checking %q: it panicked", t.name)
		}
	}()
	return t.do(ctx)
}

// checked records a finished check of the hop called name.
func (r *Runner) checked(name flow.Hop, o Outcome) {
	requests := make([]metrics.Request, len(o.Reading.Steps))
	for i, s := range o.Reading.Steps {
		requests[i] = metrics.Request{Operation: s.Operation, Duration: s.Duration, Failed: s.Reason != ""}
	}
	facts := o.Reading.Facts
	for _, c := range o.Reading.Certificates {
		facts = append(facts, catalogue.Moment(catalogue.CertificateExpiry, c.NotAfter, c.Endpoint))
	}
	done := metrics.Check{Hop: name, End: o.End, Duration: o.Duration, Reason: o.Reason, Requests: requests, Facts: facts, Hangs: o.hangs}
	if o.Sent {
		done.TraceID = o.TraceID
	}
	r.record.Check(done)
	seen := r.shared.Fingerprints.Of(o.Reading.Token)
	o.Reading.Token.Destroy()

	r.mu.Lock()
	if auth := o.Reading.Auth; name == flow.Token && auth != nil {
		r.state.asked = lookup{value: seen, valid: auth.Valid, until: auth.Expiry}
	}
	if e, _ := flow.Lookup(name); !e.HoldsToken {
		seen = token.Fingerprint{} // a token passes through here and is not kept here
	}
	changed := r.state.update(name, o, seen)
	unasked := name == flow.K8sSecret && r.state.forget()
	r.mu.Unlock()
	if unasked {
		r.record.TokenReplaced()
	}
	r.values(name, changed)
	r.logCheck(name, o, changed)
}

func (r *Runner) logCheck(name flow.Hop, o Outcome, c change) {
	level, what := slog.LevelDebug, "check passed"
	switch {
	case c.failed:
		level, what = slog.LevelWarn, "hop failed"
	case c.recovered:
		level, what = slog.LevelInfo, "hop recovered"
	case o.Err != nil:
		what = "check failed"
	}
	// Of nearly every check nothing is logged, and nothing is made for it.
	if ctx := context.Background(); r.log.Enabled(ctx, level) {
		attrs := []any{"hop", name, "duration", o.Duration.Round(time.Microsecond), "trace_id", o.TraceID}
		if o.Err != nil {
			attrs = append(attrs, "reason", o.Reason, "error", o.Err)
		}
		r.log.Log(ctx, level, what, attrs...)
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
