package upstream

import (
	"context"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestOnlyOurOwnStopCancels: a library says so of a time limit, too.
func TestOnlyOurOwnStopCancels(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for ctx, want := range map[context.Context]reason.Reason{t.Context(): reason.Timeout, stopped: reason.Canceled} {
		var trace Trace
		err := trace.step(ctx, OpVaultKVRead, "x", func(context.Context) error { return context.Canceled })
		if reason.Of(err) != want || trace.Steps[0].Reason != want {
			t.Errorf("got %v, and %q in the trace, want reason %q", err, trace.Steps[0].Reason, want)
		}
	}
}

// TestWhatTheTimeLimitCutsOffIsATimeout, whatever it looks like; what ended before
// the limit is what it is, and so is what a server said.
func TestWhatTheTimeLimitCutsOffIsATimeout(t *testing.T) {
	over, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	left, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for _, why := range []reason.Reason{reason.ConnectionReset, reason.Truncated, reason.MalformedResponse, reason.Forbidden, reason.ConnectTimeout} {
		late := why
		if why != reason.Forbidden && why != reason.ConnectTimeout {
			late = reason.Timeout
		}
		for ctx, want := range map[context.Context]reason.Reason{over: late, left: why, t.Context(): why} {
			err := new(Trace).step(ctx, OpVaultKVRead, "x", func(context.Context) error { return reason.Errorf(why, "asking") })
			if reason.Of(err) != want {
				t.Errorf("%s: got %v, want reason %q", why, err, want)
			}
		}
	}
}
