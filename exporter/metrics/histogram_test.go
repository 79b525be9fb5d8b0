package metrics_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/testing/protocmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// TestHistogramsAreTheLibrarys records the same durations with the library's
// instrument: classic and native buckets, exemplars and the moment from which all
// of it counts are the same, also where there are too many native buckets.
func TestHistogramsAreTheLibrarys(t *testing.T) {
	for name, magnitudes := range map[string]func(i int) float64{
		"as they are":                         func(int) float64 { return 3 },
		"of too many native buckets":          func(int) float64 { return 11 },
		"of too many after more than an hour": func(i int) float64 { return min(11, 2+float64(i)/200) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(1, 2))
				registry, m := prometheus.NewRegistry(), metrics.New(prometheus.NewRegistry())
				want := prometheus.NewHistogramVec(prometheus.HistogramOpts{
					Name: "qnap_token_retrieval_duration_seconds", Help: helpOf("qnap_token_retrieval_duration_seconds"),
					Buckets:                     []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
					NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
				}, []string{"flow", "hop"})
				registry.MustRegister(want)
				library := want.WithLabelValues("qnap", "nas_kv")
				f := m.Flow("qnap", []flow.Hop{flow.NASKV}, metrics.Labels{})
				for i := range 3000 {
					took := time.Duration(math.Pow(10, random.Float64()*magnitudes(i))) + time.Nanosecond
					trace := ""
					switch {
					case i%3 == 0:
						trace = time.Duration(i).String()
					case i%7 == 0:
						took = 0
					}
					f.Check(metrics.Check{Hop: flow.NASKV, End: at, Duration: took, TraceID: trace})
					if trace == "" {
						library.Observe(took.Seconds())
					} else {
						library.(prometheus.ExemplarObserver).ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": trace})
					}
					time.Sleep(time.Duration(random.Int64N(int64(11 * time.Second))))
					if i%250 != 0 {
						continue
					}
					if diff := cmp.Diff(family(t, registry), family(t, m), protocmp.Transform()); diff != "" {
						t.Fatalf("after %d observations (-library +got):\n%s", i+1, diff)
					}
				}
			})
		})
	}
}

func family(t *testing.T, g prometheus.Gatherer) *dto.MetricFamily {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "qnap_token_retrieval_duration_seconds" {
			return f
		}
	}
	t.Fatal("got no such family")
	return nil
}

func helpOf(name string) string {
	for _, row := range catalogue.Metrics() {
		if row.Name == name {
			return row.Help
		}
	}
	return ""
}
