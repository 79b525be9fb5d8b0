package metrics

import (
	"regexp"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// heap is what the runtime says of its memory; the rest is for profiles.
var heap = regexp.MustCompile(`^/memory/classes/(total|heap/objects):bytes$`)

// Process returns the collectors of the exporter's own process. The Go runtime's
// older memory statistics are left out: among them are the gauge
// go_memstats_alloc_bytes and the counter go_memstats_alloc_bytes_total, which
// are one family to OpenMetrics, and strict parsers refuse the whole page for it.
func Process() []prometheus.Collector {
	return []prometheus.Collector{
		collectors.NewGoCollector(
			collectors.WithGoCollectorMemStatsMetricsDisabled(),
			collectors.WithGoCollectorRuntimeMetrics(collectors.GoRuntimeMetricsRule{Matcher: heap}),
		),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
}
