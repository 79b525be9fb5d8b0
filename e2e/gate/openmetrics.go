package gate

import (
	"bytes"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// The metrics of a run, which the dashboard "Quality" reads. Something has to
// bring the file to Prometheus: the node exporter's textfile collector, say.
var (
	metricGo = prometheus.NewDesc("quality_gate_go",
		"Whether the gate's last run ended with a Go.", nil, nil)
	metricEnded = prometheus.NewDesc("quality_gate_last_run_timestamp_seconds",
		"When the gate's last run ended.", nil, nil)
	metricDuration = prometheus.NewDesc("quality_gate_run_duration_seconds",
		"How long the gate's last run took.", nil, nil)
	metricCriterion = prometheus.NewDesc("quality_gate_criterion",
		"1 for the state in which a criterion is: holds, waived, unknown or failed.", []string{"group", "criterion", "state"}, nil)
	metricFigure = prometheus.NewDesc("quality_gate_figure",
		"What was measured of a criterion that has a figure, in its unit.", []string{"criterion", "unit"}, nil)
	metricStage = prometheus.NewDesc("quality_gate_stage_duration_seconds",
		"How long a stage took.", []string{"stage"}, nil)
)

// states are all that a criterion can be in.
var states = []string{"holds", "waived", "unknown", "failed"}

// collected is a verdict as Prometheus' client library collects it.
type collected struct{ Verdict }

// Describe implements prometheus.Collector.
func (c collected) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{metricGo, metricEnded, metricDuration, metricCriterion, metricFigure, metricStage} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c collected) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	one := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	gauge(metricGo, one(c.Go))
	gauge(metricEnded, float64(c.Ended.UnixMilli())/1000)
	gauge(metricDuration, c.Ended.Sub(c.Began).Seconds())
	for _, f := range c.Findings {
		for _, state := range states {
			gauge(metricCriterion, one(f.State() == state), string(f.Group), f.Criterion, state)
		}
		if f.Value != nil {
			gauge(metricFigure, *f.Value, f.Criterion, f.Unit)
		}
	}
	for _, s := range c.Stages {
		gauge(metricStage, s.Seconds, s.Name)
	}
}

// Metrics are those of the run.
func (v Verdict) Metrics() []*dto.MetricFamily {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collected{v})
	families, err := registry.Gather()
	if err != nil {
		panic(fmt.Sprintf("gathering a verdict: %v", err)) // two criteria or stages of one name, which a test excludes
	}
	return families
}

// openMetrics is the run as OpenMetrics text.
func (v Verdict) openMetrics() []byte {
	var out bytes.Buffer
	for _, family := range v.Metrics() {
		_, _ = expfmt.MetricFamilyToOpenMetrics(&out, family) // which a buffer never refuses
	}
	_, _ = expfmt.FinalizeOpenMetrics(&out)
	return out.Bytes()
}
