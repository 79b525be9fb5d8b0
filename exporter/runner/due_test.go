package runner_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
)

// TestWhatIsNotDueHasNoGoroutine: thousands of flows had one for each of their hops.
func TestWhatIsNotDueHasNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hops []hop.Hop
		for _, e := range flow.Entries() {
			hops = append(hops, hop.Hop{Name: e.Hop, Check: func(context.Context) (hop.Reading, error) { return hop.Reading{}, nil }})
		}
		b := newBench(t, hops...)
		ctx, stop := context.WithCancel(t.Context())
		before := runtime.NumGoroutine()
		ended := make(chan struct{})
		go func() {
			b.runner.Run(ctx)
			close(ended)
		}()
		synctest.Wait()
		if more := runtime.NumGoroutine() - before; more > 1 {
			t.Errorf("got %d goroutines of a flow whose checks are not due, want one", more)
		}
		stop()
		<-ended
	})
}
