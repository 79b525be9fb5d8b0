package contracts_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
	"github.com/prometheus/client_golang/prometheus"
	model "github.com/prometheus/client_model/go"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/token"
)

// gathered is what one scrape gathered.
type gathered struct{ families []*model.MetricFamily }

// Gather implements prometheus.Gatherer.
func (g *gathered) Gather() ([]*model.MetricFamily, error) { return g.families, nil }

// generation is the token of a generation.
func generation(n int) string { return fmt.Sprintf("hvs.generation%010dEXAMPLE", n) }

// holds is a check of a hop whose copy is of the generation that *n says.
func holds(n *int) hop.Check {
	return func(context.Context) (hop.Reading, error) {
		t, err := token.Parse([]byte(generation(*n)))
		return hop.Reading{Token: t}, err
	}
}

func newRunner(hops []hop.Hop) (*runner.Runner, *metrics.Metrics) {
	m := metrics.New(prometheus.NewRegistry())
	return runner.New(runner.Flow{Name: "qnap", Interval: 30 * time.Second, Timeout: 5 * time.Second, Hops: hops}, runner.Shared{
		Log: slog.New(slog.DiscardHandler), Fingerprints: token.NewFingerprinter(), Metrics: m, Gates: runner.NewGates(),
	}), m
}

// TestPropagationIsTheTimeBetweenTheTwoSights rotates and copies at any
// distance: what is recorded is the time from the slot that first saw the
// value at the source to the one that first saw it at the copy, once a value.
func TestPropagationIsTheTimeBetweenTheTwoSights(t *testing.T) {
	check(t, 100, prop.ForAll(func(waits, delays []int) (wrong string) {
		synctest.Test(t, func(t *testing.T) {
			source, copied := 0, 0
			r, m := newRunner([]hop.Hop{{Name: flow.NASKV, Check: holds(&source)}, {Name: flow.MainKV, Check: holds(&copied)}})
			r.Once(t.Context())
			want, count := 0.0, 0
			for i, wait := range waits {
				time.Sleep(time.Duration(wait) * time.Second)
				source++
				r.Once(t.Context()) // first sight at the source
				if delay := delays[i]; delay > 0 {
					time.Sleep(time.Duration(delay) * time.Second)
					copied = source
					r.Once(t.Context()) // first sight at the copy
					r.Once(t.Context()) // which changes nothing
					want += float64(delay)
					count++
				}
			}
			sum, n := propagated(m)
			if diff := sum - want; n != uint64(count) || diff > 1e-6 || diff < -1e-6 {
				wrong = fmt.Sprintf("got %d values in %v s, want %d in %v s", n, sum, count, want)
			}
		})
		return wrong
	}, gen.SliceOfN(6, gen.IntRange(1, 600)), gen.SliceOfN(6, gen.IntRange(0, 3600))))
}

// propagated is the histogram of propagation over all pairs.
func propagated(m prometheus.Gatherer) (sum float64, n uint64) {
	families, _ := m.Gather() // an error shows as a count of 0
	for _, family := range families {
		if family.GetName() != "nas_token_propagation_duration_seconds" {
			continue
		}
		for _, series := range family.GetMetric() {
			sum += series.GetHistogram().GetSampleSum()
			n += series.GetHistogram().GetSampleCount()
		}
	}
	return sum, n
}
