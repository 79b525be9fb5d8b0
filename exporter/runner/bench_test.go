package runner_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/bench/benchtest"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// BenchmarkSlot is what the runner adds to a check: one that takes no time, with the
// recording and the judgement of its slot.
func BenchmarkSlot(b *testing.B) {
	check := func(context.Context) (r hop.Reading, err error) {
		r.Steps = []upstream.Step{{Operation: upstream.OpVaultHealth.Name, Target: "https://nas:8200", Start: time.Now()}}
		return r, nil
	}
	hops := []hop.Hop{{Name: flow.NASVault, Check: check, Operations: []upstream.Operation{upstream.OpVaultHealth}}}
	r := runner.New(runner.Flow{Name: "qnap", Interval: interval, Timeout: timeout, Hops: hops}, shared(metrics.New(prometheus.NewRegistry()), runner.NewGates()))
	benchtest.CPU(b, func() error {
		r.Once(b.Context())
		return nil
	})
}
