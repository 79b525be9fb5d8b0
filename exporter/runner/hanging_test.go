package runner_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/token"
)

// deaf is a check that does not look at its context and returns when the test
// opens the gate.
func deaf(open <-chan struct{}) hop.Check {
	return func(context.Context) (hop.Reading, error) {
		<-open
		t, err := token.Parse([]byte(first))
		return hop.Reading{Token: t}, err
	}
}

// TestACheckThatNeverReturnsStopsNothing: a credential plugin that waits for a
// browser used to end all slots of its flow.
func TestACheckThatNeverReturnsStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: passes}, hop.Hop{Name: flow.K8sSecret, Check: deaf(open)})
		before := goroutines()
		b.during(100*interval - time.Millisecond)
		b.series("nas_flow_slots_total", `nas_flow_slots_total{flow="qnap",result="inconclusive"} 100`)
		b.series("nas_hop_failures_total", `nas_hop_failures_total{flow="qnap",hop="k8s_secret",reason="timeout"} 100`)
		b.series("nas_hop_up", `nas_hop_up{flow="qnap",hop="nas_vault"} 1`)
		b.series("nas_hop_checks_total", `nas_hop_checks_total{flow="qnap",hop="k8s_secret"} 100`, `nas_hop_checks_total{flow="qnap",hop="nas_vault"} 100`)
		b.series("nas_hop_check_hanging", `nas_hop_check_hanging{flow="qnap",hop="k8s_secret"} 1`)
		if got := goroutines() - before; got > 1 {
			t.Errorf("got %d goroutines left behind by 100 slots, want 1", got)
		}
		if got := strings.Count(b.log.String(), `msg="check does not return`); got != 1 || !strings.Contains(b.log.String(), "hop=k8s_secret timeout=5s") {
			t.Errorf("got %d lines about it in the log, want one that names the hop:\n%s", got, b.log)
		}

		close(open)
		synctest.Wait()
		b.series("nas_flow_slots_total", `nas_flow_slots_total{flow="qnap",result="inconclusive"} 100`)
		b.during(interval - time.Millisecond)
		b.series("nas_hop_up", `nas_hop_up{flow="qnap",hop="k8s_secret"} 1`, `nas_hop_up{flow="qnap",hop="nas_vault"} 1`)
		b.series("nas_hop_check_hanging")
	})
}

// TestALateResultIsThrownAway: also after its flow, and its series, are gone.
func TestALateResultIsThrownAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		b := newBench(t, hop.Hop{Name: flow.K8sSecret, Check: deaf(open)})
		b.during(interval)
		b.runner.Remove()
		close(open)
		synctest.Wait()
		for _, name := range []string{"nas_hop_checks_total", "nas_hop_up", "nas_hop_check_hanging", "nas_flow_slots_total", "qnap_token_retrieval_attempts_total"} {
			b.series(name)
		}
	})
}

// TestStoppingDoesNotWaitForACheckThatNeverReturns: a reload stops flows.
func TestStoppingDoesNotWaitForACheckThatNeverReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		defer close(open)
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: deaf(open)})
		begin := time.Now()
		b.during(interval - timeout + time.Second)
		if took := time.Since(begin); took > interval-timeout+3*time.Second {
			t.Errorf("got %s until it had stopped", took)
		}
	})
}

// TestOnceEndsInTime: also where nothing that it calls does.
func TestOnceEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		defer close(open)
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: deaf(open)}, hop.Hop{Name: flow.MainVault, Check: passes})
		begin := time.Now()
		b.runner.Once(t.Context())
		if took := time.Since(begin); took > timeout+time.Second {
			t.Errorf("got %s, want at most %s", took, timeout+time.Second)
		}
		want := flow.Verdict{Result: flow.Degraded, Hop: flow.NASVault, Reason: reason.Timeout}
		if diff := cmp.Diff(want, b.runner.Snapshot().Verdict); diff != "" {
			t.Error(diff)
		}
	})
}

// TestAHopThatWasNotReadMakesNoSlotGood: a signal during --once used to end it
// with success.
func TestAHopThatWasNotReadMakesNoSlotGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t,
			hop.Hop{Name: flow.NASVault, Check: passes},
			hop.Hop{Name: flow.MainVault, Check: func(ctx context.Context) (hop.Reading, error) { return pause(ctx, time.Second) }},
			hop.Hop{Name: flow.K8sSecret, Check: holding(copyOf(first))})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		b.runner.Once(ctx)
		s := b.runner.Snapshot()
		if s.Verdict.Result != flow.Inconclusive || s.Verdict.Reason != reason.Canceled {
			t.Errorf("got %+v, want inconclusive because it was canceled", s.Verdict)
		}
		if got := []reason.Reason{s.Hops[0].Reason, s.Hops[1].Reason, s.Hops[2].Reason}; !cmp.Equal(got, []reason.Reason{"", reason.Canceled, reason.Canceled}) {
			t.Errorf("got %q", got)
		}
	})
}

// TestCanceledIsWhatOurOwnStopDid: a host that drops packets made checks end
// as canceled, which nothing counted.
func TestCanceledIsWhatOurOwnStopDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gaveUp := func(context.Context) (hop.Reading, error) {
			return hop.Reading{}, reason.From(context.Canceled, "asking")
		}
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: gaveUp})
		b.during(3*interval - time.Millisecond)
		b.series("nas_hop_failures_total", `nas_hop_failures_total{flow="qnap",hop="nas_vault",reason="timeout"} 3`)
		b.series("nas_flow_slots_total", `nas_flow_slots_total{flow="qnap",result="degraded"} 3`)
	})
}

// TestObserversCostNoSlot: with slow upstreams they used to cost every second one.
func TestObserversCostNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		defer close(open)
		var looked atomic.Int32
		slow := func(ctx context.Context) (hop.Observation, error) {
			looked.Add(1)
			_, err := pause(ctx, interval)
			return hop.Observation{}, err
		}
		never := func(context.Context) (hop.Observation, error) { <-open; return hop.Observation{}, nil }
		f := runner.Flow{Name: "qnap", Interval: interval, Timeout: timeout, Hops: []hop.Hop{{Name: flow.NASVault, Check: passes}}}
		for _, tier := range []string{"a", "b", "c", "d", "e", "f", "g"} {
			f.Observers = append(f.Observers, hop.Observer{Fact: hop.FactFallback, Tier: tier, Look: slow})
		}
		f.Observers = append(f.Observers, hop.Observer{Fact: hop.FactFeatures, Look: never})
		b := newBenchOf(t, f)
		b.during(10*interval - time.Millisecond)
		b.series("nas_flow_slots_total", `nas_flow_slots_total{flow="qnap",result="good"} 10`)
		if got := looked.Load(); got != 70 {
			t.Errorf("got %d looks of seven observers in ten slots, want 70", got)
		}
	})
}

// TestSixFlowsOnOneHungEngineLoseNoSlot: they waited for each other without end.
func TestSixFlowsOnOneHungEngineLoseNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, gates := metrics.New(prometheus.NewRegistry()), runner.NewGates()
		ctx, cancel := context.WithTimeout(t.Context(), 20*interval-time.Millisecond)
		defer cancel()
		var running, most atomic.Int32
		hangs := func(ctx context.Context) (hop.Reading, error) {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			return pause(ctx, time.Hour)
		}
		b := bench{t: t, metrics: m}
		var done []chan struct{}
		var want, failed []string
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			f := runner.Flow{Name: name, Interval: interval, Timeout: interval * 2 / 3, Hops: []hop.Hop{
				{Name: flow.DockerExec, Check: hangs, Exclusive: "tcp://nas:2376"}, {Name: flow.NASVault, Check: passes}, {Name: flow.K8sSecret, Check: holding(copyOf(first))},
			}}
			r := runner.New(f, shared(m, gates))
			ended := make(chan struct{})
			go func() { defer close(ended); r.Run(ctx) }()
			done = append(done, ended)
			want = append(want, `nas_flow_slots_total{flow="`+name+`",result="degraded"} 20`)
			failed = append(failed, `nas_hop_failures_total{flow="`+name+`",hop="docker_exec",reason="timeout"} 20`)
		}
		for _, ended := range done {
			<-ended
		}
		b.series("nas_flow_slots_total", want...)
		b.series("nas_hop_failures_total", failed...)
		if most.Load() != 1 {
			t.Errorf("got %d at the engine at once, want 1", most.Load())
		}
	})
}
