package runner_test

import (
	"bytes"
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
		before := goroutines()
		ended := make(chan struct{})
		go func() {
			b.runner.Run(ctx)
			close(ended)
		}()
		synctest.Wait()
		if more := goroutines() - before; more > 1 {
			t.Errorf("got %d goroutines of a flow whose checks are not due, want one", more)
		}
		stop()
		<-ended
	})
}

// goroutines are how many there are. runtime.NumGoroutine has those too that have
// ended just now.
func goroutines() int {
	stacks := make([]byte, 1<<20)
	return bytes.Count(stacks[:runtime.Stack(stacks, true)], []byte("\ngoroutine ")) + 1
}
