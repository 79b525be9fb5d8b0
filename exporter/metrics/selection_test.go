package metrics_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
)

// TestShardsAreThoseOfHashmod: whoever divides flows among servers does it with
// Prometheus' own relabelling, and each series is in one shard.
func TestShardsAreThoseOfHashmod(t *testing.T) {
	const shards = 4
	m := metrics.New(prometheus.NewRegistry())
	want := map[string]string{}
	for i := range 40 {
		name := fmt.Sprintf("flow-%d", i)
		m.Flow(name, []flow.Hop{flow.NASVault}, metrics.Labels{})
		hashed := labels.NewBuilder(labels.FromStrings("flow", name))
		relabel.ProcessBuilder(hashed, &relabel.Config{SourceLabels: model.LabelNames{"flow"}, Action: relabel.HashMod, Modulus: shards, TargetLabel: "shard", NameValidationScheme: model.UTF8Validation})
		want[name] = hashed.Get("shard")
	}
	of := func(s metrics.Selection) map[string]int {
		gatherer, err := m.Select(s)
		if err != nil {
			t.Fatal(err)
		}
		families, err := gatherer.Gather()
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]int{} // series by flow
		for _, f := range families {
			for _, series := range f.GetMetric() {
				name := ""
				for _, l := range series.GetLabel() {
					if l.GetName() == "flow" {
						name = l.GetValue()
					}
				}
				found[name]++
			}
		}
		return found
	}
	left := of(metrics.Selection{})
	for i := range uint64(shards) {
		for name, series := range of(metrics.Selection{Shard: metrics.Shard{Number: i, Of: shards}}) {
			left[name] -= series
			if got := fmt.Sprint(i); name != "" && got != want[name] {
				t.Errorf("%s: got shard %s, want %s", name, got, want[name])
			}
		}
	}
	for name, series := range left {
		if series != 0 {
			t.Errorf("flow %q: got %d series in no shard, or in two", name, series)
		}
	}
}

// TestAGatheringLetsOthersRun: with one processor, what is ready to run need not
// wait for the last of the flows.
func TestAGatheringLetsOthersRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	m := metrics.New(prometheus.NewRegistry())
	m.Flow("qnap", allHops, everyLabel)
	gatherer, err := m.Select(metrics.Selection{Flows: []string{"qnap"}})
	if err != nil {
		t.Fatal(err)
	}
	var ran atomic.Bool
	go ran.Store(true)
	if _, err := gatherer.Gather(); err != nil {
		t.Fatal(err)
	}
	if !ran.Load() {
		t.Error("got a gathering that nothing else ran beside, want another goroutine to have run")
	}
}
