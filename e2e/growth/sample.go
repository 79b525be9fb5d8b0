package growth

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// slots counts the slots of every flow, whatever came of them.
const slots = "nas_flow_slots_total"

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

// own measures this process. It is one for all samples, which so have the names of
// the metrics in common: the samples are on the heap that they measure.
var own = prometheus.NewRegistry()

func init() {
	own.MustRegister(
		collectors.NewGoCollector(collectors.WithGoCollectorMemStatsMetricsDisabled(), collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsMemory)),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
}

// Own takes a sample of this very process, which has served so many slots, without
// the garbage in it and with all classes of the runtime's memory.
func Own(slots int) (Sample, error) {
	runtime.GC()
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

// sizes are those of a process, of its metrics by name: all that have a limit, and
// what else it says of the runtime's memory.
func sizes(families map[string]*dto.MetricFamily) (map[string]float64, error) {
	found := map[string]float64{}
	for name, family := range families {
		_, limited := Short[name]
		gauge := family.GetType() == dto.MetricType_GAUGE && len(family.GetMetric()) == 1
		if gauge && (limited || strings.HasPrefix(name, "go_memory_classes_")) {
			found[name] = family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	for name := range Short {
		if _, ok := found[name]; !ok {
			return nil, fmt.Errorf("got no gauge %s, want one", name)
		}
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
