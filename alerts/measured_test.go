//go:build !race

package alerts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// readAll returns every series of g but the histograms' by name.
func readAll(t *testing.T, g prometheus.Gatherer) map[string]series {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]series{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if s, ok := read(f, m); ok {
				found[s.name] = s
			}
		}
	}
	return found
}

// read turns a gathered series into one of a timeline; histograms are left out.
func read(f *dto.MetricFamily, m *dto.Metric) (series, bool) {
	var labels []string
	for _, l := range m.GetLabel() {
		labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	s := series{name: f.GetName()}
	if len(labels) > 0 {
		s.name += "{" + strings.Join(labels, ",") + "}"
	}
	switch {
	case m.Counter != nil:
		s.kind, s.number = counter, m.GetCounter().GetValue()
	case m.Gauge != nil && strings.HasSuffix(f.GetName(), "_timestamp_seconds"):
		s.kind, s.number = clock, m.GetGauge().GetValue()
	case m.Gauge != nil:
		s.number = m.GetGauge().GetValue()
	}
	return s, m.Histogram == nil
}

// difference turns three looks, of which the last two saw a fault, into the
// world before it and the fault.
func difference(before, first, second map[string]series) ([]series, fault) {
	now := float64(time.Now().Unix())
	world, f := []series{{"up", gauge, 1}}, fault{}
	for key, s := range before {
		switch later, still := second[key]; {
		case !still:
			f[key] = nothing
		case s.kind == counter:
			f[key] = later.number - first[key].number
		case metricName(key) == "qnap_token_retrieval_last_success_timestamp_seconds" && later.number == first[key].number:
			f[key] = -1 * hours // it stands still, and the fault lasts
			s.number -= now
		case s.kind == clock:
			f[key] = later.number - now
			s.number -= now
		default:
			f[key] = later.number
		}
		if s.number != 0 || f[key] != 0 {
			world = append(world, s)
		} else {
			delete(f, key)
		}
	}
	for key, s := range second {
		switch _, was := before[key]; {
		case was:
		case s.kind == clock:
			world, f[key] = append(world, series{key, clock, nothing}), s.number-now
		default:
			world, f[key] = append(world, series{key, missing, 0}), s.number
		}
	}
	return world, f
}
