package exporter

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/web"
)

// startHomelab starts the embedded flow and returns it with its configuration.
func startHomelab(t *testing.T) (homelabtest.Home, config.Flow) {
	t.Helper()
	home := homelabtest.Start(t, homelab.Options{})
	home.Flow.Timeout = time.Second // what hangs in the embedded flow hangs until then
	return home, home.Flow
}

func testRunner(f config.Flow) (*runner.Runner, *metrics.Metrics) {
	m := metrics.New(prometheus.NewRegistry())
	return newRunner(plan{config: f}, runner.Shared{
		Log: slog.New(slog.DiscardHandler), Fingerprints: token.NewFingerprinter(), Metrics: m, Gates: runner.NewGates(),
	}, nil), m
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// source is a web.Source of one flow that has been looked at.
type source struct {
	web.Source
	snapshot runner.Snapshot
}

func (s source) Summaries() []runner.Summary { return []runner.Summary{s.snapshot.Summary} }

func (s source) Snapshot(string) (runner.Snapshot, bool) { return s.snapshot, true }

// pageOf is what a person reads of a flow.
func pageOf(s runner.Snapshot) string {
	answer := httptest.NewRecorder()
	web.New(source{snapshot: s}, http.NotFoundHandler(), time.Now, web.Options{}).ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	return answer.Body.String()
}

// snapshots are the states of all flows, by name.
func snapshots(e *Exporter) (all []runner.Snapshot) {
	for _, known := range e.Summaries() {
		if s, ok := e.Snapshot(known.Flow); ok {
			all = append(all, s)
		}
	}
	return all
}
