package metrics_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/bench/benchtest"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/web"
)

// BenchmarkScrape gathers and encodes the series of all flows while checks are
// recorded as their schedule has it, and reports how late these are recorded.
// What is late without a scrape is the machine's.
func BenchmarkScrape(b *testing.B) {
	m := metrics.New(prometheus.NewRegistry())
	flows := inUse(m, many, aWhile)
	b.Run("none", func(b *testing.B) {
		whileRecording(b, flows, func() error { time.Sleep(time.Second); return nil })
	})
	b.Run("gather", func(b *testing.B) {
		whileRecording(b, flows, func() error { _, err := m.Gather(); return err })
	})
	handler := web.Metrics(m)
	for _, as := range []struct{ format, encoding string }{
		{"text 0.0.4", "identity"}, {"text 0.0.4", "gzip"}, {"OpenMetrics 1.0.0", "gzip"}, {"protobuf", "gzip"},
	} {
		b.Run(as.format+"/"+as.encoding, func(b *testing.B) {
			request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			request.Header.Set("Accept", accepts[as.format])
			request.Header.Set("Accept-Encoding", as.encoding)
			var got discarded
			whileRecording(b, flows, func() error {
				got = discarded{ResponseWriter: httptest.NewRecorder()}
				handler.ServeHTTP(&got, request)
				return nil
			})
			b.ReportMetric(float64(got.size), "B/scrape")
			if as.encoding == "identity" {
				b.ReportMetric(float64(got.lines), "lines/scrape")
			}
		})
	}
}

// discarded is an answer of which only the size is kept.
type discarded struct {
	http.ResponseWriter
	size, lines int
}

func (d *discarded) Write(p []byte) (int, error) {
	d.size += len(p)
	d.lines += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

// whileRecording measures do, and how late checks are recorded meanwhile.
func whileRecording(b *testing.B, flows []*metrics.Flow, do func() error) {
	b.Helper()
	stop, recorded := make(chan struct{}), make(chan delays)
	go func() { recorded <- record(flows, stop) }()
	benchtest.CPU(b, do)
	close(stop)
	got := <-recorded
	slices.Sort(got.late)
	b.ReportMetric(float64(got.late[len(got.late)/2]), "late-p50-ns")
	b.ReportMetric(float64(got.late[len(got.late)*99/100]), "late-p99-ns")
	b.ReportMetric(float64(slices.Max(got.late)), "late-max-ns")
	b.ReportMetric(float64(slices.Max(got.took)), "record-max-ns")
}

// delays are those of records: from when each was due to its end, and from its
// begin.
type delays struct{ late, took []time.Duration }

// record records checks until stop is closed, one flow's after the other's, as
// often as an interval of 30 s makes them due.
func record(flows []*metrics.Flow, stop <-chan struct{}) (got delays) {
	pace := 30 * time.Second / time.Duration(len(flows)*len(allHops))
	due := time.Now()
	for i := 0; ; i++ {
		due = due.Add(pace)
		select {
		case <-stop:
			return got
		case <-time.After(time.Until(due)):
		}
		begin := time.Now()
		flows[i%len(flows)].Check(metrics.Check{Hop: flow.NASKV, End: at, Duration: time.Second})
		got.took = append(got.took, time.Since(begin))
		got.late = append(got.late, time.Since(due))
	}
}
