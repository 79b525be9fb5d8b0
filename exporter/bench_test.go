package exporter_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"homelab.io/vault-health-exporter/bench/benchtest"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
)

// What the benchmarks measure is read as ratios of one run: the request is what
// cannot be had for less, the slot what an interval costs, and the scrape what
// Prometheus pays for.

// BenchmarkRequest is one TLS request on a connection of its own.
func BenchmarkRequest(b *testing.B) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	defer server.Close()
	client := server.Client()
	client.Transport.(*http.Transport).DisableKeepAlives = true
	benchtest.CPU(b, func() error {
		response, err := client.Get(server.URL)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, response.Body)
		return response.Body.Close()
	})
}

// whole is an exporter of the embedded flow with all of its hops.
func whole(b *testing.B) *exporter.Exporter {
	b.Helper()
	home := homelabtest.Start(b, homelabtest.OnRequest)
	home.Flow.Interval, home.Flow.Timeout = time.Second, 900*time.Millisecond
	cfg := &config.Config{Flows: []config.Flow{home.Flow}}
	return exporter.New(discovery.New(func() (*config.Config, error) { return cfg, nil }, nil), prometheus.NewRegistry(), nil, slog.New(slog.DiscardHandler))
}

// BenchmarkSlot checks every hop once, and the embedded servers answer.
func BenchmarkSlot(b *testing.B) {
	e := whole(b)
	benchtest.CPU(b, func() error {
		_, err := e.Once(b.Context())
		return err
	})
}

// BenchmarkScrape reads all of /metrics of one flow that is being checked.
func BenchmarkScrape(b *testing.B) {
	e := whole(b)
	ended := make(chan error, 1)
	go func() { ended <- e.Run(b.Context()) }()
	b.Cleanup(func() {
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	for !e.Ready() { // before the benchmark's clock begins
		select {
		case err := <-ended:
			b.Fatalf("running the exporter: it ended: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	handler := promhttp.HandlerFor(e.Gatherer(), promhttp.HandlerOpts{})
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	benchtest.CPU(b, func() error {
		handler.ServeHTTP(httptest.NewRecorder(), request)
		return nil
	})
}
