package exporter

import (
	"log/slog"
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
	return newRunner(f, runner.Shared{
		Log: slog.New(slog.DiscardHandler), Fingerprints: token.NewFingerprinter(), Metrics: m, Gates: &runner.Gates{},
	}), m
}
