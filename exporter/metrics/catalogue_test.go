package metrics_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

func TestEveryRowOfTheCatalogueIsExposedAndClean(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	everything(m.Flow("qnap", allHops, everyLabel))
	m.Reloaded(true, at)
	m.Lag(time.Second)
	m.Leader(true)
	families, err := m.Gather()
	if err != nil {
		t.Fatal(err)
	}
	exposed := map[string]*dto.MetricFamily{}
	for _, f := range families {
		exposed[f.GetName()] = f
	}
	for _, row := range catalogue.Metrics() {
		f := exposed[row.Name]
		if f == nil {
			t.Errorf("%s: got no series", row.Name)
			continue
		}
		if got := strings.ToLower(f.GetType().String()); got != string(row.Type) {
			t.Errorf("%s: got type %s, want %s", row.Name, got, row.Type)
		}
		for _, series := range f.GetMetric() {
			var labels []string
			for _, l := range series.GetLabel() {
				labels = append(labels, l.GetName())
			}
			if want := slices.Sorted(slices.Values(row.Labels)); !slices.Equal(labels, want) {
				t.Errorf("%s: got labels %v, want %v", row.Name, labels, want)
			}
			if row.Type == catalogue.Histogram && (series.GetHistogram().Schema == nil || len(series.GetHistogram().GetBucket()) == 0) {
				t.Errorf("%s: want classic and native buckets", row.Name)
			}
		}
		delete(exposed, row.Name)
	}
	for name := range maps.Keys(exposed) {
		t.Errorf("%s: exposed but not in the catalogue", name)
	}
	problems, err := testutil.GatherAndLint(m)
	if err != nil || len(problems) > 0 {
		t.Errorf("got lint problems %v, error %v", problems, err)
	}
}

// TestCatalogueNamesTellTheUnit holds what promlint does not look at.
func TestCatalogueNamesTellTheUnit(t *testing.T) {
	for _, row := range catalogue.Metrics() {
		switch {
		case strings.Contains(row.Name, "_duration") && (row.Type != catalogue.Histogram || !strings.HasSuffix(row.Name, "_duration_seconds")):
			t.Errorf("%s: a duration is a histogram ending in _duration_seconds", row.Name)
		case strings.Contains(row.Help, "Unix time") && !strings.HasSuffix(row.Name, "_timestamp_seconds"):
			t.Errorf("%s: a time ends in _timestamp_seconds", row.Name)
		case row.Type == catalogue.Counter != strings.HasSuffix(row.Name, "_total"):
			t.Errorf("%s: a counter, and nothing else, ends in _total", row.Name)
		case slices.Contains(row.Labels, "flow") && row.Labels[0] != "flow":
			t.Errorf("%s: the label flow comes first", row.Name)
		case row.Help == "" || !strings.HasSuffix(row.Help, "."):
			t.Errorf("%s: want a sentence of help", row.Name)
		}
	}
}
