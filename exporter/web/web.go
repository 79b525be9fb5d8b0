// Package web is the HTTP surface of the exporter: the metrics, the health and
// reload endpoints, a check on demand, and one page for a person.
package web

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// Source is what the handler shows and does; the Exporter implements it.
type Source interface {
	// Summaries returns the state of every configured flow in a few words, by name.
	Summaries() []runner.Summary
	// Snapshot returns the state of one flow; ok is false for an unknown one.
	Snapshot(flow string) (s runner.Snapshot, ok bool)
	// Ready reports whether every flow went through its first full cycle.
	Ready() bool
	// Reload reads the configuration anew. The text of its error is made of the
	// configuration and its place, so it may be shown.
	Reload() error
	// Hops returns the configured hops of a flow, nil for an unknown flow.
	Hops(flow string) []flow.Hop
	// Probe runs one check now. It registers what it measured with reg and does
	// not touch the counters that /metrics serves. runner.ErrBusy says that the
	// schedule came first.
	Probe(ctx context.Context, flowName string, h flow.Hop, reg prometheus.Registerer) (hop.Reading, error)
}

// Options are the parts of the surface that may differ; the zero value serves
// all of it, and a page without a version.
type Options struct {
	// Version and Shard are shown on the page; Shard is I/N, "" for all flows.
	Version, Shard string
	// Election says how this exporter stands in one, in words that follow its name;
	// nil without one.
	Election func() string
	// WithoutReload and WithoutProbe leave out what makes the exporter act.
	WithoutReload, WithoutProbe bool
}

// New makes the handler. metrics serves /metrics; now is the page's clock.
func New(src Source, metrics http.Handler, now func() time.Time, options Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, "healthy\n")
	})
	mux.HandleFunc("GET /-/ready", ready(src))
	if !options.WithoutReload {
		mux.HandleFunc("POST /-/reload", reload(src))
		mux.HandleFunc("PUT /-/reload", reload(src))
	}
	if !options.WithoutProbe {
		mux.HandleFunc("GET /probe", probe(src))
	}
	mux.HandleFunc("GET /style.css", serveStyle)
	mux.HandleFunc("GET /{$}", servePage(src, options, now))
	return secured(http.NewCrossOriginProtection().Handler(mux)) // another site's page must not reload
}

func ready(src Source) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if !src.Ready() {
			writeText(w, http.StatusServiceUnavailable, "not ready: some flow was not checked yet\n")
			return
		}
		writeText(w, http.StatusOK, "ready: no flow waits for its first check\n")
	}
}

func reload(src Source) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		err := src.Reload()
		if err != nil {
			writeText(w, http.StatusInternalServerError, "reloading the configuration: "+err.Error()+"\n")
			return
		}
		writeText(w, http.StatusOK, "configuration reloaded\n")
	}
}

// contentPolicy allows one stylesheet, and a form that asks this server: the page
// has no script, image or font, and nobody may frame it.
const contentPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // #nosec G705 -- plain text; a client that went away is nobody's fault
}
