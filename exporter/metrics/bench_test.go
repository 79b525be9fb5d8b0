package metrics_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
)

const (
	many   = 5000     // flows, as many as one exporter is to carry
	aWhile = 50       // slots
	aDay   = 24 * 120 // slots, of 30 s
)

// operations are as many kinds of request as a flow with every hop makes.
var operations = []string{"docker_exec", "docker_inspect", "k8s_get", "k8s_list", "pki_sign", "token_lookup", "transit_decrypt", "vault_health", "vault_kv_read", "vault_login"}

// inUse begins n flows with every hop, each of which has been checked in so many slots.
func inUse(m *metrics.Metrics, n, slots int) []*metrics.Flow {
	random := rand.New(rand.NewPCG(1, 2))
	flows := make([]*metrics.Flow, n)
	for i := range flows {
		f := m.Flow(fmt.Sprintf("flow-%d", i), allHops, metrics.Labels{Operations: operations, PKIRole: "canary"})
		everything(f)
		for range slots {
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
	f := inUse(metrics.New(prometheus.NewRegistry()), 1, aWhile)[0]
	check := metrics.Check{Hop: flow.NASKV, End: at, Duration: time.Second, TraceID: "t", Requests: []metrics.Request{{Operation: "vault_kv_read", Duration: time.Second}}}
	b.ReportAllocs()
	for b.Loop() {
		f.Check(check)
	}
}

// BenchmarkGather gathers the series of all flows.
func BenchmarkGather(b *testing.B) {
	m := metrics.New(prometheus.NewRegistry())
	inUse(m, many, aWhile)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Gather(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRemove removes one flow of many.
func BenchmarkRemove(b *testing.B) {
	m := metrics.New(prometheus.NewRegistry())
	inUse(m, many, aWhile)
	for b.Loop() {
		b.StopTimer()
		f := inUse(m, 1, aWhile)[0]
		b.StartTimer()
		f.Remove()
	}
}

// BenchmarkHeap reports the bytes that a flow keeps.
func BenchmarkHeap(b *testing.B) {
	for _, use := range []struct {
		name         string
		flows, slots int
	}{{"new", many, aWhile}, {"day", many / 50, aDay}} {
		b.Run(use.name, func(b *testing.B) {
			each := kept(use.flows, use.slots)
			for b.Loop() { // nothing: what is measured is there
			}
			b.ReportMetric(each, "B/flow")
		})
	}
}
