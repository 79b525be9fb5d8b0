package dashboards

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/util/teststorage"

	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// slotInterval is the time from slot to slot, and from scrape to scrape, in the
// recorded data. In the test a slot follows the one before at once.
const slotInterval = 30 * time.Second

var recordingBegins = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// recorder runs the exporter on the embedded homelab and scrapes it into a storage.
type recorder struct {
	t       *testing.T
	home    homelabtest.Home
	runner  *runner.Runner
	metrics *metrics.Metrics
	storage *teststorage.TestStorage
	// clocks pairs the real time of every scrape with the one it is stored at.
	clocks []clocks
}

type clocks struct{ real, stored time.Time }

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	home := homelabtest.Start(t, homelabtest.OnRequest)
	home.Flow.Timeout = time.Minute // nothing here hangs, and a busy machine is no outage
	m := metrics.New(prometheus.NewRegistry())
	return &recorder{t: t, home: home, metrics: m, storage: teststorage.New(t), runner: home.Runner(m)}
}

// slots runs n slots, with a scrape after each, and returns the time of the last.
func (r *recorder) slots(n int) time.Time {
	r.t.Helper()
	for range n {
		r.home.Sync()
		r.runner.Once(r.t.Context())
		r.scrape()
	}
	return r.clocks[len(r.clocks)-1].stored
}

func (r *recorder) do(action func(string) error, fault string) {
	r.t.Helper()
	if err := action(fault); err != nil {
		r.t.Fatal(err)
	}
}

func (r *recorder) scrape() {
	r.t.Helper()
	now := recordingBegins.Add(time.Duration(len(r.clocks)) * slotInterval)
	r.clocks = append(r.clocks, clocks{real: time.Now(), stored: now})
	families, err := r.metrics.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	samples, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{Timestamp: model.TimeFromUnixNano(now.UnixNano())}, families...)
	if err != nil {
		r.t.Fatal(err)
	}
	appender := r.storage.Appender(context.Background())
	for _, s := range samples {
		value := float64(s.Value)
		if isTimestamp(families, string(s.Metric[model.MetricNameLabel])) {
			value = r.stored(value)
		}
		s.Metric["job"], s.Metric["instance"] = "vault-health-exporter", "exporter:9845"
		if _, err := appender.Append(0, labelsOf(s.Metric), now.UnixMilli(), value); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := appender.Commit(); err != nil {
		r.t.Fatal(err)
	}
}

func isTimestamp(families []*dto.MetricFamily, name string) bool {
	return strings.HasSuffix(name, "_timestamp_seconds") &&
		slices.ContainsFunc(families, func(f *dto.MetricFamily) bool { return f.GetName() == name })
}

// stored moves a real Unix time to the recording's time: it stays as far from
// the scrape before it as it was.
func (r *recorder) stored(unix float64) float64 {
	nearest := r.clocks[0]
	for _, c := range r.clocks {
		if float64(c.real.UnixNano())/1e9 <= unix {
			nearest = c
		}
	}
	return unix + nearest.stored.Sub(nearest.real).Seconds()
}

func labelsOf(m model.Metric) labels.Labels {
	b := labels.NewScratchBuilder(len(m))
	for name, value := range m {
		if value != "" { // as a scrape does
			b.Add(string(name), string(value))
		}
	}
	b.Sort()
	return b.Labels()
}
