package exporter_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
)

// TestAFlowThatEndsClosesItsConnections: at a reload that removes it, and with the
// exporter.
func TestAFlowThatEndsClosesItsConnections(t *testing.T) {
	healthy := func(closed chan<- struct{}) string {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"initialized":true,"sealed":false}`)
		}))
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				closed <- struct{}{}
			}
		}
		server.Start()
		t.Cleanup(server.Close)
		return server.URL
	}
	flow := func(name, address string) config.Flow {
		return config.Flow{
			Name: name, Interval: time.Hour, Timeout: time.Hour - 2*time.Second, Connections: config.Reuse, ColdEvery: 10,
			NAS: config.NAS{Vault: &config.Vault{Address: address}},
		}
	}
	first, second := make(chan struct{}, 10), make(chan struct{}, 10)
	var cfg atomic.Pointer[config.Config]
	cfg.Store(&config.Config{Flows: []config.Flow{flow("first", healthy(first))}})
	e := exporter.New(discovery.New(func() (*config.Config, error) { return cfg.Load(), nil }, nil), prometheus.NewRegistry(), nil, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	ready := func() {
		t.Helper()
		for !e.Ready() {
			select {
			case err := <-ended:
				t.Fatalf("running the exporter: it ended: %v", err)
			case <-time.After(time.Millisecond):
			}
		}
	}
	ready()
	cfg.Store(&config.Config{Flows: []config.Flow{flow("second", healthy(second))}})
	if err := e.Reload(); err != nil {
		t.Fatal(err)
	}
	<-first // or the test's own end
	ready()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	<-second
}
