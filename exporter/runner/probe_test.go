package runner_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// docker is the hop that one check at a time may ask.
func docker(check hop.Check) hop.Hop {
	return hop.Hop{Name: flow.DockerExec, Check: check, Exclusive: "tcp://nas:2376"}
}

// TestProbesCostTheScheduleNothing: sixty who asked while Docker hung ended all
// slots of the flow.
func TestProbesCostTheScheduleNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: passes}, docker(func(ctx context.Context) (hop.Reading, error) {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			return pause(ctx, timeout-time.Second) // a slow engine, which answers if it is left alone
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 10*interval-time.Millisecond)
		defer cancel()
		for range 60 {
			go func() {
				for ctx.Err() == nil {
					_, _ = b.runner.Probe(ctx, flow.DockerExec)
					_, _ = pause(ctx, 100*time.Millisecond)
				}
			}()
		}
		b.runner.Run(ctx)
		time.Sleep(2 * timeout) // the last probe goes on without those who asked
		b.series("nas_flow_slots_total", `nas_flow_slots_total{flow="qnap",result="good"} 10`)
		b.series("nas_hop_failures_total")
		if most.Load() != 1 {
			t.Errorf("got %d at the engine at once, want 1", most.Load())
		}
	})
}

// TestAProbeGivesWayToTheSchedule: at once, and says so.
func TestAProbeGivesWayToTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var started atomic.Int32
		b := newBench(t, docker(func(ctx context.Context) (hop.Reading, error) {
			started.Add(1)
			return pause(ctx, time.Hour)
		}))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		answer := make(chan error)
		go func() {
			_, err := b.runner.Probe(ctx, flow.DockerExec)
			answer <- err
		}()
		synctest.Wait()
		go b.runner.Once(ctx)
		if err := <-answer; !errors.Is(err, runner.ErrBusy) {
			t.Errorf("got %v, want %v", err, runner.ErrBusy)
		}
		if _, err := b.runner.Probe(ctx, flow.DockerExec); !errors.Is(err, runner.ErrBusy) {
			t.Errorf("while the schedule's check runs: got %v, want %v", err, runner.ErrBusy)
		}
		synctest.Wait()
		if started.Load() != 2 {
			t.Errorf("got %d checks, want the probe's and the schedule's", started.Load())
		}
		cancel()
		time.Sleep(2 * timeout)
	})
}

// TestManyProbesAskOnceASecond: three hundred made the NAS run 110 commands a second.
func TestManyProbesAskOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		b := newBench(t, docker(func(ctx context.Context) (hop.Reading, error) {
			asked.Add(1)
			return pause(ctx, 10*time.Millisecond)
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var all sync.WaitGroup
		for range 300 {
			all.Go(func() {
				for ctx.Err() == nil {
					o, err := b.runner.Probe(ctx, flow.DockerExec)
					if ctx.Err() == nil && (err != nil || o.Err != nil) {
						t.Errorf("got %v and %v", o.Err, err)
					}
					_, _ = pause(ctx, 20*time.Millisecond)
				}
			})
		}
		all.Wait()
		time.Sleep(2 * timeout)
		if got := asked.Load(); got > 10 {
			t.Errorf("got %d checks in ten seconds, want one a second", got)
		}
	})
}

// TestAProbeThatNeverReturnsIsTheOnlyOne: it is answered, and leaves one check behind.
func TestAProbeThatNeverReturnsIsTheOnlyOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		defer close(open)
		var started atomic.Int32
		check := deaf(open)
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: func(ctx context.Context) (hop.Reading, error) {
			started.Add(1)
			return check(ctx)
		}})
		for range 10 {
			o, err := b.runner.Probe(t.Context(), flow.NASVault)
			if err != nil || o.Reason != reason.Timeout {
				t.Fatalf("got %q and error %v, want a timeout", o.Reason, err)
			}
			time.Sleep(2 * time.Second)
		}
		if started.Load() != 1 {
			t.Errorf("got %d checks that hang, want 1", started.Load())
		}
	})
}
