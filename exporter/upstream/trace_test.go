package upstream

import (
	"context"
	"testing"

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
