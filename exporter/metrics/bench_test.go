package metrics_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// many is as many flows as one exporter is to carry.
const many = 5000

// operations are as many kinds of request as a flow with every hop makes.
var operations = []string{"docker_exec", "docker_inspect", "k8s_get", "k8s_list", "pki_sign", "token_lookup", "transit_decrypt", "vault_health", "vault_kv_read", "vault_login"}

// inUse begins n flows with every hop, each of which has been checked for a while.
func inUse(m *metrics.Metrics, n int) []*metrics.Flow {
	random := rand.New(rand.NewPCG(1, 2))
	flows := make([]*metrics.Flow, n)
	for i := range flows {
		f := m.Flow(fmt.Sprintf("flow-%d", i), allHops, metrics.Labels{Operations: operations, PKIRole: "canary"})
		everything(f)
		for range 50 {
			took := time.Duration(random.ExpFloat64() * float64(20*time.Millisecond))
			for j, h := range allHops {
				f.Check(metrics.Check{Hop: h, End: at, Duration: took, Requests: []metrics.Request{{Operation: operations[j%len(operations)], Duration: took / 2}}})
			}
			f.Slot(flow.Verdict{Result: flow.Good})
		}
		flows[i] = f
	}
	return flows
}

// TestRecordingAllocatesNothing: once each kind of event has been there.
func TestRecordingAllocatesNothing(t *testing.T) {
	f := metrics.New(prometheus.NewRegistry()).Flow("qnap", allHops, everyLabel)
	requests := []metrics.Request{{Operation: "op", Duration: time.Second}, {Operation: "op", Duration: time.Second, Failed: true}}
	pair := flow.Pairs(allHops, flow.Feed{})[0]
	events := func() {
		for _, h := range allHops {
			f.Check(metrics.Check{Hop: h, End: at, Duration: time.Second, TraceID: "t", Requests: requests, Facts: facts[h]})
			f.Check(metrics.Check{Hop: h, End: at, Duration: time.Second, Reason: reason.Timeout, Requests: requests})
			f.FirstSeen(h, at)
			f.Rotated(h)
		}
		f.Slot(flow.Verdict{Result: flow.Bad, Hop: flow.Token, Reason: reason.Revoked})
		f.Sync(pair, true, false)
		f.Propagated(pair, time.Minute)
	}
	for range 20 { // until there are as many exemplars as are kept
		events()
	}
	if got := testing.AllocsPerRun(100, events); got > 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

// BenchmarkCheck records a check that passed, of a hop with a copy.
func BenchmarkCheck(b *testing.B) {
	f := inUse(metrics.New(prometheus.NewRegistry()), 1)[0]
	check := metrics.Check{Hop: flow.NASKV, End: at, Duration: time.Second, TraceID: "t", Requests: []metrics.Request{{Operation: "vault_kv_read", Duration: time.Second}}}
	b.ReportAllocs()
	for b.Loop() {
		f.Check(check)
	}
}

// BenchmarkGather gathers the series of all flows.
func BenchmarkGather(b *testing.B) {
	m := metrics.New(prometheus.NewRegistry())
	inUse(m, many)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Gather(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckWhileGathering reports what the slowest of the checks that are
// recorded during a gathering of all flows waits for.
func BenchmarkCheckWhileGathering(b *testing.B) {
	m := metrics.New(prometheus.NewRegistry())
	flows := inUse(m, many)
	var took []time.Duration
	for b.Loop() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := m.Gather(); err != nil {
				b.Error(err)
			}
		}()
		for i := 0; ; i++ {
			select {
			case <-done:
			default:
				begin := time.Now()
				flows[i%many].Check(metrics.Check{Hop: flow.NASKV, End: at, Duration: time.Second})
				took = append(took, time.Since(begin))
				runtime.Gosched()
				continue
			}
			break
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*999/1000].Nanoseconds()), "p99.9-ns")
	b.ReportMetric(float64(took[len(took)-1].Nanoseconds()), "max-ns")
}

// BenchmarkRemove removes one flow of many.
func BenchmarkRemove(b *testing.B) {
	m := metrics.New(prometheus.NewRegistry())
	inUse(m, many)
	for b.Loop() {
		b.StopTimer()
		f := inUse(m, 1)[0]
		b.StartTimer()
		f.Remove()
	}
}

// BenchmarkHeap reports the bytes that a flow keeps, and the lines that it has.
func BenchmarkHeap(b *testing.B) {
	var before, after runtime.MemStats
	m := metrics.New(prometheus.NewRegistry())
	runtime.GC()
	runtime.ReadMemStats(&before)
	flows := inUse(m, many)
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(flows)
	for _, f := range flows[1:] {
		f.Remove()
	}
	families, err := m.Gather()
	if err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			b.Fatal(err)
		}
	}
	lines := 0
	for line := range bytes.Lines(text.Bytes()) {
		if bytes.Contains(line, []byte(`flow="`)) {
			lines++
		}
	}
	for b.Loop() { // nothing: what is measured is there
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/many, "B/flow")
	b.ReportMetric(float64(lines), "lines/flow")
}
