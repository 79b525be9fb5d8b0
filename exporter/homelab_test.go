package exporter

import (
	"bytes"
	"log/slog"
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
		Log: slog.New(slog.DiscardHandler), Fingerprints: token.NewFingerprinter(), Metrics: m, Gates: &runner.Gates{},
	}), m
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
