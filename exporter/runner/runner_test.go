package runner_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/token"
)

const (
	interval = 30 * time.Second
	timeout  = 5 * time.Second
	first    = "hvs.FIRSTfirstFIRSTfirst1"
	second   = "hvs.SECONDsecondSECOND222"
)

// bench is a runner on checks that a test controls.
type bench struct {
	t       *testing.T
	metrics *metrics.Metrics
	runner  *runner.Runner
	log     *bytes.Buffer
}

func newBench(t *testing.T, hops ...hop.Hop) *bench {
	return newBenchOf(t, runner.Flow{Name: "qnap", Interval: interval, Timeout: timeout, Hops: hops})
}

func newBenchOf(t *testing.T, f runner.Flow) *bench {
	b := &bench{t: t, metrics: metrics.New(prometheus.NewRegistry()), log: &bytes.Buffer{}}
	with := shared(b.metrics, runner.NewGates())
	with.Log = slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.runner = runner.New(f, with)
	return b
}

func shared(m *metrics.Metrics, gates *runner.Gates) runner.Shared {
	return runner.Shared{Log: slog.New(slog.DiscardHandler), Fingerprints: token.NewFingerprinter(), Metrics: m, Gates: gates}
}

// during runs the runner for d and then stops it.
func (b *bench) during(d time.Duration) {
	ctx, cancel := context.WithTimeout(b.t.Context(), d)
	defer cancel()
	b.runner.Run(ctx)
}

// series compares the samples of one metric, leaving out those at 0.
func (b *bench) series(name string, want ...string) {
	b.t.Helper()
	text, err := testutil.GatherAndFormat(b.metrics, expfmt.TypeTextPlain, name)
	if err != nil {
		b.t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") && !strings.HasSuffix(line, " 0") && line != "" {
			got = append(got, line)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		b.t.Errorf("%s: got %q, want %q", name, got, want)
	}
}

func passes(context.Context) (hop.Reading, error) { return hop.Reading{}, nil }

// pause is a check that takes d, unless its time is over before.
func pause(ctx context.Context, d time.Duration) (hop.Reading, error) {
	select {
	case <-time.After(d):
		return hop.Reading{}, nil
	case <-ctx.Done():
		return hop.Reading{}, reason.From(ctx.Err(), "asking")
	}
}

// holding returns a check whose copy is what *value points to.
func holding(value *atomic.Pointer[string]) hop.Check {
	return func(context.Context) (hop.Reading, error) {
		t, err := token.Parse([]byte(*value.Load()))
		return hop.Reading{Token: t}, err
	}
}

func copyOf(s string) *atomic.Pointer[string] {
	var p atomic.Pointer[string]
	p.Store(&s)
	return &p
}

func TestEachSlotChecksEveryHopOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: passes}, hop.Hop{Name: flow.MainVault, Check: passes})
		b.during(5*interval - time.Millisecond)
		b.series("nas_hop_checks_total", `nas_hop_checks_total{flow="qnap",hop="main_vault"} 5`, `nas_hop_checks_total{flow="qnap",hop="nas_vault"} 5`)
		b.series("nas_flow_slots_total", `nas_flow_slots_total{flow="qnap",result="good"} 5`)
	})
}

func TestOffsetsAreStableAndEndWithinTheSlot(t *testing.T) {
	starts := func() map[flow.Hop]time.Duration {
		found := map[flow.Hop]time.Duration{}
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			var hops []hop.Hop
			for _, e := range flow.Entries() {
				hops = append(hops, hop.Hop{Name: e.Hop, Exclusive: "one at a time, so that the map needs no lock", Check: func(context.Context) (hop.Reading, error) {
					found[e.Hop] = time.Since(begin)
					return hop.Reading{}, nil
				}})
			}
			newBench(t, hops...).during(interval - time.Millisecond)
		})
		return found
	}
	once, again := starts(), starts()
	distinct := map[time.Duration]bool{}
	for h, offset := range once {
		if offset != again[h] || offset > interval-timeout {
			t.Errorf("%s: got offsets %s and %s, want the same, at most %s", h, offset, again[h], interval-timeout)
		}
		distinct[offset] = true
	}
	if len(distinct) < len(flow.Entries())-1 {
		t.Errorf("got offsets %v, want them spread", once)
	}
}

func TestAHangingCheckEndsAtItsTimeoutAndDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := func(ctx context.Context) (hop.Reading, error) {
			<-ctx.Done()
			return hop.Reading{}, reason.From(ctx.Err(), "asking")
		}
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: hangs}, hop.Hop{Name: flow.MainVault, Check: passes})
		b.during(3*interval - time.Millisecond)
		b.series("nas_hop_failures_total", `nas_hop_failures_total{flow="qnap",hop="nas_vault",reason="timeout"} 3`)
		b.series("nas_hop_up", `nas_hop_up{flow="qnap",hop="main_vault"} 1`)
		b.series("nas_flow_slots_total", `nas_flow_slots_total{flow="qnap",result="degraded"} 3`)
		if got := b.runner.Snapshot().Hops[0].Duration; got != timeout {
			t.Errorf("got %s, want %s", got, timeout)
		}
	})
}

func TestAPanicIsAFailureOfTheExporterAndLeaksNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		panics := func(context.Context) (hop.Reading, error) { panic("reading " + first) }
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: panics})
		b.during(interval - time.Millisecond)
		b.series("vault_health_exporter_panics_total", `vault_health_exporter_panics_total 1`)
		b.series("nas_hop_failures_total", `nas_hop_failures_total{flow="qnap",hop="nas_vault",reason="internal"} 1`)
		b.series("nas_flow_slots_total", `nas_flow_slots_total{flow="qnap",result="inconclusive"} 1`)
		if text, err := testutil.GatherAndFormat(b.metrics, expfmt.TypeTextPlain, "nas_vault_up"); err != nil || len(text) > 0 {
			t.Errorf("got %s and error %v, want no nas_vault_up: nobody looked", text, err)
		}
		if strings.Contains(b.log.String(), "FIRSTfirst") || !strings.Contains(b.log.String(), "runner_test.go") && !strings.Contains(b.log.String(), "TestAPanic") {
			t.Errorf("got log %s", b.log)
		}
	})
}

func TestOneResourceServesOneCheckAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		busy := func(ctx context.Context) (hop.Reading, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			return pause(ctx, 4*time.Second)
		}
		var hops []hop.Hop
		for _, e := range flow.Entries()[:5] {
			hops = append(hops, hop.Hop{Name: e.Hop, Check: busy, Exclusive: "tcp://nas:2376"})
		}
		newBench(t, hops...).during(2 * interval)
		if most.Load() != 1 {
			t.Errorf("got %d at once, want 1", most.Load())
		}
	})
}

func TestStoppingRecordsNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := make(chan struct{})
		waits := func(ctx context.Context) (hop.Reading, error) {
			close(started)
			<-ctx.Done()
			return hop.Reading{}, reason.From(ctx.Err(), "asking")
		}
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: waits})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.runner.Run(ctx) }()
		<-started
		cancel()
		<-done
		b.series("nas_hop_failures_total")
		b.runner.Remove()
		b.series("nas_hop_checks_total")
	})
}
