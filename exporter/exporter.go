// Package exporter keeps exercising the token's real path and tells Prometheus
// and people whether an application could get a working token right now.
package exporter

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Exporter runs the flows of one configuration.
type Exporter struct {
	source  *discovery.Source
	log     *slog.Logger
	metrics *metrics.Metrics
	shared  runner.Shared
	// sessions are those of the flows whose connections are reused.
	sessions *upstream.Sessions

	// reloading keeps two reloads apart.
	reloading sync.Mutex
	ctx       context.Context // of Run; nil before
	planned   []plan          // what was loaded last
	standby   bool
	polling   *time.Timer // when the source is polled next; it rests where there is nothing to poll
	// said are the mistakes that the log has, by flow; those of nobody's under "".
	said map[string]string
	// mu guards what readers see.
	mu    sync.Mutex
	flows map[string]*running
	// loaded says that the flows are those of a configuration, though there be none.
	loaded bool
}

// running is one flow with its runner.
type running struct {
	plan
	// refused are the mistakes of the plan that was read last, where it was not
	// taken and the one before goes on.
	refused []config.Problem
	runner  *runner.Runner
	cancel  context.CancelFunc
	done    chan struct{}
}

// New makes an Exporter whose configuration comes from source, whose series go into
// registry, and whose spans go to tracer, if that is not nil. It starts nothing.
func New(source *discovery.Source, registry *prometheus.Registry, tracer trace.Tracer, log *slog.Logger) *Exporter {
	m := metrics.New(registry)
	return &Exporter{
		source:  source,
		log:     log,
		metrics: m,
		shared: runner.Shared{
			Log: log, Fingerprints: token.NewFingerprinter(), Metrics: m, Gates: runner.NewGates(), Tracer: tracer,
		},
		sessions: upstream.NewSessions(),
		flows:    map[string]*running{},
	}
}

// sorted returns the running flows by name.
func (e *Exporter) sorted() []*running {
	e.mu.Lock()
	defer e.mu.Unlock()
	flows := make([]*running, 0, len(e.flows))
	for _, f := range e.flows {
		flows = append(flows, f)
	}
	slices.SortFunc(flows, func(a, b *running) int { return strings.Compare(a.config.Name, b.config.Name) })
	return flows
}

func (e *Exporter) find(name string) *running {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.flows[name]
}

// Gatherer returns the exporter's series, those of each flow as of one moment.
func (e *Exporter) Gatherer() *metrics.Metrics { return e.metrics }

// Summaries returns the state of every flow in a few words, by name.
func (e *Exporter) Summaries() []runner.Summary {
	flows := e.sorted()
	all := make([]runner.Summary, len(flows))
	for i, f := range flows {
		all[i] = f.runner.Summary()
	}
	return all
}

// Snapshot returns the state of a flow; ok is false where there is none of that name.
func (e *Exporter) Snapshot(name string) (s runner.Snapshot, ok bool) {
	f := e.find(name)
	if f == nil {
		return runner.Snapshot{}, false
	}
	return f.snapshot(), true
}

// Ready reports whether every flow has ended its first slot.
func (e *Exporter) Ready() bool {
	all := e.Summaries()
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.loaded && !slices.ContainsFunc(all, func(s runner.Summary) bool { return s.Cycles == 0 })
}

// Hops returns the configured hops of a flow, nil for an unknown one.
func (e *Exporter) Hops(name string) []flow.Hop {
	f := e.find(name)
	if f == nil {
		return nil
	}
	var hops []flow.Hop
	for _, h := range f.runner.Snapshot().Hops {
		hops = append(hops, h.Hop)
	}
	return hops
}
