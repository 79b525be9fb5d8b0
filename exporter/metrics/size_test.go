package metrics_test

import (
	"bytes"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// TestLinesOfAFlow holds how many a flow is allowed. With one hop all are there that
// it can have while it is well, connections: reuse among them.
func TestLinesOfAFlow(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	f := m.Flow("qnap", []flow.Hop{flow.NASVault}, metrics.Labels{Operations: []string{"vault_health"}})
	f.Check(metrics.Check{
		Hop: flow.NASVault, End: at, Duration: time.Second, Requests: []metrics.Request{{Operation: "vault_health", Duration: time.Second}},
		Facts: slices.Concat(facts[flow.NASVault], []catalogue.Fact{catalogue.Flag(catalogue.CheckWarm, true), catalogue.Moment(catalogue.CertificateExpiry, at, "nas")}),
	})
	f.Slot(flow.Verdict{Result: flow.Good})
	if got := lines(t, m); got > 80 {
		t.Errorf("one hop: got %d lines, want at most 80", got)
	}
	m = metrics.New(prometheus.NewRegistry())
	inUse(m, 1, 1)
	if got := lines(t, m); got > 1150 {
		t.Errorf("every hop: got %d lines, want at most 1150", got)
	}
}

// TestAFlowOfADayKeepsLittle: the native buckets of its histograms come with time,
// and were as much as all the rest.
func TestAFlowOfADayKeepsLittle(t *testing.T) {
	if got := kept(10, aDay); got > 40_000 {
		t.Errorf("got %.0f bytes a flow, want at most 40000", got)
	}
}

// kept is how many bytes each of as many flows keeps after as many slots.
func kept(flows, slots int) float64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := metrics.New(prometheus.NewRegistry())
	inUse(m, flows, slots)
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(m)
	return (float64(after.HeapAlloc) - float64(before.HeapAlloc)) / float64(flows)
}

// lines are how many m exposes of flows, as text.
func lines(tb testing.TB, m *metrics.Metrics) (n int) {
	tb.Helper()
	families, err := m.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range families {
		var text bytes.Buffer
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			tb.Fatal(err)
		}
		n += bytes.Count(text.Bytes(), []byte(`flow="`))
	}
	return n
}
