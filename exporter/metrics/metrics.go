package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors/version"
	dto "github.com/prometheus/client_model/go"
)

// Metrics is the exporter's instruments. All recording and all gathering goes
// through one lock, because client_golang is atomic for one series only and
// some series are promised to add up at every scrape.
type Metrics struct {
	mu         sync.Mutex
	registry   *prometheus.Registry
	counters   map[string]*prometheus.CounterVec
	gauges     map[string]*prometheus.GaugeVec
	histograms map[string]*prometheus.HistogramVec
}

// New makes the instruments of the catalogue and registers them.
func New(registry *prometheus.Registry) *Metrics {
	m := &Metrics{
		registry:   registry,
		counters:   map[string]*prometheus.CounterVec{},
		gauges:     map[string]*prometheus.GaugeVec{},
		histograms: map[string]*prometheus.HistogramVec{},
	}
	for _, row := range catalogue {
		m.register(row)
	}
	m.counters[panics].WithLabelValues()
	m.histograms[schedulerLag].WithLabelValues()
	m.gauges[reloadSuccessful].WithLabelValues()
	return m
}

func (m *Metrics) register(row Metric) {
	switch {
	case row.Name == buildInfo:
		m.registry.MustRegister(version.NewCollector("vault_health_exporter"))
	case row.Type == Counter:
		m.counters[row.Name] = prometheus.NewCounterVec(prometheus.CounterOpts{Name: row.Name, Help: row.Help}, row.Labels)
		m.registry.MustRegister(m.counters[row.Name])
	case row.Type == Gauge:
		m.gauges[row.Name] = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: row.Name, Help: row.Help}, row.Labels)
		m.registry.MustRegister(m.gauges[row.Name])
	case row.Type == Histogram:
		m.histograms[row.Name] = prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: row.Name, Help: row.Help, Buckets: row.Buckets,
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  160,
			NativeHistogramMinResetDuration: time.Hour,
		}, row.Labels)
		m.registry.MustRegister(m.histograms[row.Name])
	}
}

// Gather implements prometheus.Gatherer.
func (m *Metrics) Gather() ([]*dto.MetricFamily, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.registry.Gather()
}

// Reloaded records the outcome of a reload at the time at.
func (m *Metrics) Reloaded(ok bool, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gauges[reloadSuccessful].WithLabelValues().Set(boolean(ok))
	if ok {
		m.gauges[reloadTimestamp].WithLabelValues().Set(unix(at))
	}
}

// Lag records by how much a check started late.
func (m *Metrics) Lag(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.histograms[schedulerLag].WithLabelValues().Observe(max(0, d.Seconds()))
}

// Panicked counts a check that panicked.
func (m *Metrics) Panicked() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counters[panics].WithLabelValues().Inc()
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// unix does not go by way of UnixNano, which ends in the year 2262: RFC 5280
// writes "no end" as the year 9999.
func unix(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }
