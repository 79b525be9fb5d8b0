// Package growth tells whether a process grows with the slots that it serves: a
// leak of one goroutine, descriptor or buffer for each of them is small in an
// hour, and the end after a year.
package growth

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"homelab.io/vault-health-exporter/exporter/metrics"
)

// slots counts the slots of every flow, whatever came of them.
const slots = "nas_flow_slots_total"

// limits are what a process may grow by for each slot, and be called flat: a
// hundredth of a goroutine or descriptor, and less memory than the buffers of one
// connection have, 8 KiB. Garbage that waits for its collection is the noise.
var limits = map[string]float64{
	"go_goroutines":                        0.01,
	"process_open_fds":                     0.01,
	"go_memory_classes_heap_objects_bytes": 2048,
	"process_resident_memory_bytes":        4096,
}

// Sample is what a process said of itself, by metric, at a number of slots.
type Sample struct {
	Slots float64
	Sizes map[string]float64
	// Counters are all that it counts, by series.
	Counters map[string]float64
}

// Read takes a sample from the process's own metrics.
func Read(ctx context.Context, url string) (Sample, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Sample{}, fmt.Errorf("reading %q: %w", url, err)
	}
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		return Sample{}, fmt.Errorf("reading %q: %w", url, err)
	}
	defer reply.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(reply.Body)
	if err != nil {
		return Sample{}, fmt.Errorf("reading %q: %w", url, err)
	}
	s := Sample{Counters: counters(families)}
	for _, m := range families[slots].GetMetric() {
		s.Slots += m.GetCounter().GetValue()
	}
	if s.Sizes, err = sizes(families); err != nil {
		return Sample{}, fmt.Errorf("reading %q: %w", url, err)
	}
	return s, nil
}

// Own takes a sample of this very process, which has served so many slots, without
// the garbage in it.
func Own(slots int) (Sample, error) {
	runtime.GC()
	own := prometheus.NewRegistry()
	own.MustRegister(metrics.Process()...)
	gathered, err := own.Gather()
	if err != nil {
		return Sample{}, fmt.Errorf("measuring this process: %w", err)
	}
	families := map[string]*dto.MetricFamily{}
	for _, f := range gathered {
		families[f.GetName()] = f
	}
	s := Sample{Slots: float64(slots)}
	if s.Sizes, err = sizes(families); err != nil {
		return Sample{}, fmt.Errorf("measuring this process: %w", err)
	}
	return s, nil
}

// sizes are those of a process, of its metrics by name.
func sizes(families map[string]*dto.MetricFamily) (map[string]float64, error) {
	found := map[string]float64{}
	for name := range limits {
		gauge := families[name].GetMetric()
		if len(gauge) != 1 || families[name].GetType() != dto.MetricType_GAUGE {
			return nil, fmt.Errorf("got %d gauges %s, want 1", len(gauge), name)
		}
		found[name] = gauge[0].GetGauge().GetValue()
	}
	return found, nil
}

// counters are the series of counters, and of how often histograms were observed.
func counters(families map[string]*dto.MetricFamily) map[string]float64 {
	all := map[string]float64{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			series := fmt.Sprint(name, m.GetLabel())
			switch family.GetType() {
			case dto.MetricType_COUNTER:
				all[series] = m.GetCounter().GetValue()
			case dto.MetricType_HISTOGRAM:
				all[series] = float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return all
}

// Fallen are the counters of a process that was not restarted which were less in
// a sample than in the one before, or not there any more.
func Fallen(samples []Sample) []string {
	var fallen []string
	for i := 1; i < len(samples); i++ {
		for series, before := range samples[i-1].Counters {
			if now, ok := samples[i].Counters[series]; !ok || now < before {
				fallen = append(fallen, fmt.Sprintf("%s: %g, then %g", series, before, now))
			}
		}
	}
	return fallen
}

// Slope is how a size follows the slots: by least squares, without the first
// quarter of the samples, in which a process warms up.
type Slope struct {
	Metric      string
	First, Last float64
	PerSlot     float64
	Limit       float64 // for each slot
}

// Flat is whether the process does not grow.
func (s Slope) Flat() bool { return s.PerSlot <= s.Limit }

// Slopes are those of all sizes, sorted by metric.
func Slopes(samples []Sample) []Slope {
	warm := samples[len(samples)/4:]
	var all []Slope
	for _, metric := range slices.Sorted(maps.Keys(limits)) {
		all = append(all, Slope{
			Metric: metric, First: warm[0].Sizes[metric], Last: warm[len(warm)-1].Sizes[metric],
			PerSlot: leastSquares(warm, metric), Limit: limits[metric],
		})
	}
	return all
}

func leastSquares(samples []Sample, metric string) float64 {
	var x, y, xx, xy float64
	n := float64(len(samples))
	for _, s := range samples {
		x, y = x+s.Slots/n, y+s.Sizes[metric]/n
	}
	for _, s := range samples {
		xx += (s.Slots - x) * (s.Slots - x)
		xy += (s.Slots - x) * (s.Sizes[metric] - y)
	}
	return xy / xx
}

// Table is for people.
func Table(samples []Sample) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d samples, %.0f slots\n", len(samples), samples[len(samples)-1].Slots-samples[0].Slots)
	for _, s := range Slopes(samples) {
		fmt.Fprintf(&out, "%-36s warm %12.0f, last %12.0f, %+10.4f a slot, at most %g\n", s.Metric, s.First, s.Last, s.PerSlot, s.Limit)
	}
	return out.String()
}
