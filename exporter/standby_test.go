package exporter

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
)

// page is what a scrape gets.
func (e *Exporter) page() string {
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(e.Gatherer(), promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	return answer.Body.String()
}

// TestWhoStandsByChecksNothing and has no series of a flow, is ready, takes a
// reload, and begins with counters from 0 each time that it leads.
func TestWhoStandsByChecksNothing(t *testing.T) {
	cfg := &config.Config{Flows: []config.Flow{vaultFlow("one", "http://127.0.0.1:1")}}
	e := New(discovery.New(func() (*config.Config, error) { return cfg, nil }, nil), prometheus.NewRegistry(), nil, slog.New(slog.DiscardHandler))
	e.StandBy()
	done := make(chan error, 1)
	go func() { done <- e.Run(t.Context()) }()
	t.Cleanup(func() { <-done })

	standsBy := func() {
		t.Helper()
		page := e.page()
		if strings.Contains(page, `flow="`) || len(e.Summaries()) != 0 || !strings.Contains(page, "\nvault_health_exporter_leader 0\n") {
			t.Errorf("got %d flows and the series\n%s", len(e.Summaries()), page)
		}
	}
	eventually(t, "it is ready", e.Ready)
	standsBy()
	cfg = &config.Config{Flows: []config.Flow{vaultFlow("two", "http://127.0.0.1:1")}}
	if err := e.Reload(); err != nil || !strings.Contains(e.page(), "vault_health_exporter_config_last_reload_successful 1") {
		t.Errorf("got %v of a reload", err)
	}
	standsBy()

	for range 2 {
		e.Lead(true)
		page := e.page()
		if strings.Contains(page, `flow="one"`) || !strings.Contains(page, "\nvault_health_exporter_leader 1\n") {
			t.Errorf("got\n%s\nwant the flow that was loaded last", page)
		}
		if !strings.Contains(page, `nas_flow_slots_total{flow="two",result="inconclusive"} 0`) && !strings.Contains(page, `nas_flow_slots_total{flow="two",result="good"} 0`) {
			t.Errorf("got\n%s\nwant counters from 0", page)
		}
		eventually(t, "a slot has ended", func() bool { return len(e.Summaries()) == 1 && e.Ready() })
		running := e.find("two")
		e.Lead(true) // again
		if e.find("two").runner != running.runner {
			t.Error("got the flow started anew by what was known")
		}
		e.Lead(false)
		standsBy()
		select {
		case <-running.done:
		default:
			t.Error("got a flow that runs on")
		}
	}
}

// TestWithoutAnElectionNobodyLeads: the series would say that there is one.
func TestWithoutAnElectionNobodyLeads(t *testing.T) {
	var none error
	e := start(t, &config.Config{}, &none)
	eventually(t, "it is ready", e.Ready)
	if strings.Contains(e.page(), "_leader") {
		t.Error("got a leader")
	}
}
