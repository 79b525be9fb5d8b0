// Package metrics records what checks and slots come to, flow by flow, and exposes
// it as the series of the catalogue.
package metrics

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors/version"

	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// Metrics is all that the exporter exposes: what is of no flow in instruments of
// the library, and the flows, each under a lock of its own.
type Metrics struct {
	registry         *prometheus.Registry
	reloadSuccessful prometheus.Gauge
	reloadTimestamp  *prometheus.GaugeVec // of one series, which is absent before the first reload
	schedulerLag     prometheus.Histogram
	panics           prometheus.Counter
	leader           *prometheus.GaugeVec // of one series, which is absent without an election

	mu    sync.Mutex
	flows map[string]*Flow
}

// New makes the instruments of the catalogue and registers those that are of no flow.
func New(registry *prometheus.Registry) *Metrics {
	m := &Metrics{
		registry:         registry,
		reloadSuccessful: prometheus.NewGauge(prometheus.GaugeOpts(named(catalogue.ReloadSuccessful))),
		reloadTimestamp:  prometheus.NewGaugeVec(prometheus.GaugeOpts(named(catalogue.ReloadTimestamp)), nil),
		panics:           prometheus.NewCounter(prometheus.CounterOpts(named(catalogue.Panics))),
		leader:           prometheus.NewGaugeVec(prometheus.GaugeOpts(named(catalogue.Leader)), nil),
		schedulerLag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: catalogue.SchedulerLag, Help: rows[catalogue.SchedulerLag].Help, Buckets: rows[catalogue.SchedulerLag].Buckets,
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: maxNative, NativeHistogramMinResetDuration: minReset,
		}),
		flows: map[string]*Flow{},
	}
	registry.MustRegister(version.NewCollector("vault_health_exporter"), m.reloadSuccessful, m.reloadTimestamp, m.schedulerLag, m.panics, m.leader)
	return m
}

// rows are the catalogue by name.
var rows = func() map[string]catalogue.Metric {
	byName := map[string]catalogue.Metric{}
	for _, row := range catalogue.Metrics() {
		byName[row.Name] = row
	}
	return byName
}()

func named(metric string) prometheus.Opts {
	return prometheus.Opts{Name: metric, Help: rows[metric].Help}
}

// has reports whether there is a flow called name.
func (m *Metrics) has(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.flows[name] != nil
}

// sorted returns the flows by name.
func (m *Metrics) sorted() []*Flow {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*Flow, 0, len(m.flows))
	for _, name := range slices.Sorted(maps.Keys(m.flows)) {
		all = append(all, m.flows[name])
	}
	return all
}

// Reloaded records the outcome of a reload at the time at.
func (m *Metrics) Reloaded(ok bool, at time.Time) {
	m.reloadSuccessful.Set(boolean(ok))
	if ok {
		m.reloadTimestamp.WithLabelValues().Set(catalogue.Unix(at))
	}
}

// Lag records by how much a check started late.
func (m *Metrics) Lag(d time.Duration) { m.schedulerLag.Observe(max(0, d.Seconds())) }

// Panicked counts a check that panicked.
func (m *Metrics) Panicked() { m.panics.Inc() }

// Leader records whether the flows are checked here or by another exporter.
func (m *Metrics) Leader(leads bool) { m.leader.WithLabelValues().Set(boolean(leads)) }

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
