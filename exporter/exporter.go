// Package exporter keeps exercising the token's real path and tells Prometheus
// and people whether an application could get a working token right now.
package exporter

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Exporter runs the flows of one configuration file.
type Exporter struct {
	load    func() (*config.Config, error)
	log     *slog.Logger
	metrics *metrics.Metrics
	shared  runner.Shared

	// reloading keeps two reloads apart.
	reloading sync.Mutex
	ctx       context.Context // of Run; nil before
	// mu guards what readers see.
	mu    sync.Mutex
	flows map[string]*running
}

// running is one flow with its runner.
type running struct {
	config config.Flow
	runner *runner.Runner
	cancel context.CancelFunc
	done   chan struct{}
}

// New makes an Exporter whose configuration comes from load, now and at every
// reload, whose series go into registry, and whose spans go to tracer, if that
// is not nil. It starts nothing.
func New(load func() (*config.Config, error), registry *prometheus.Registry, tracer trace.Tracer, log *slog.Logger) *Exporter {
	m := metrics.New(registry)
	return &Exporter{
		load:    load,
		log:     log,
		metrics: m,
		shared: runner.Shared{
			Log: log, Fingerprints: token.NewFingerprinter(), Metrics: m, Gates: &runner.Gates{}, Tracer: tracer,
		},
		flows: map[string]*running{},
	}
}

// Run loads the configuration and runs its flows until ctx ends; it returns
// when no check is left running. Its error is that of the first load.
func (e *Exporter) Run(ctx context.Context) error {
	e.reloading.Lock()
	e.ctx = ctx
	err := e.reload()
	e.reloading.Unlock()
	if err != nil {
		return err
	}
	<-ctx.Done()
	e.reloading.Lock()
	defer e.reloading.Unlock()
	for _, f := range e.sorted() {
		<-f.done
	}
	return nil
}

// Reload loads the configuration again and applies the difference: a flow that
// did not change keeps its counters and its schedule. A configuration with a
// mistake changes nothing; the error lists every mistake with its place.
// Before Run it does nothing: Run is about to load.
func (e *Exporter) Reload() error {
	e.reloading.Lock()
	defer e.reloading.Unlock()
	if e.ctx == nil {
		return nil
	}
	return e.reload()
}

func (e *Exporter) reload() error {
	cfg, err := e.load()
	e.metrics.Reloaded(err == nil, time.Now())
	if err != nil {
		e.log.Error("configuration not loaded; what ran before goes on", "error", err)
		return err
	}
	e.apply(cfg)
	return nil
}

func (e *Exporter) apply(cfg *config.Config) {
	wanted := map[string]config.Flow{}
	for _, f := range cfg.Flows {
		wanted[f.Name] = f
	}
	var added, removed int
	for _, old := range e.sorted() {
		f, keep := wanted[old.config.Name]
		if keep && reflect.DeepEqual(f, old.config) {
			delete(wanted, old.config.Name)
			continue
		}
		e.stop(old)
		removed++
	}
	for _, f := range cfg.Flows {
		if _, fresh := wanted[f.Name]; fresh {
			e.start(f)
			added++
		}
	}
	e.log.Info("configuration loaded", "flows", len(cfg.Flows), "started", added, "stopped", removed)
}

func (e *Exporter) start(f config.Flow) {
	ctx, cancel := context.WithCancel(e.ctx)
	started := &running{
		config: f,
		runner: newRunner(f, e.shared),
		cancel: cancel,
		done:   make(chan struct{}),
	}
	e.mu.Lock()
	e.flows[f.Name] = started
	e.mu.Unlock()
	go func() {
		defer close(started.done)
		started.runner.Run(ctx)
	}()
}

func newRunner(f config.Flow, shared runner.Shared) *runner.Runner {
	plan := runner.Flow{Name: f.Name, Interval: f.Interval, Timeout: f.Timeout, Hops: hop.Build(f), Observers: hop.Observers(f)}
	if f.NAS.PKI != nil {
		plan.PKIRole = f.NAS.PKI.Role
	}
	return runner.New(plan, shared)
}

// stop ends a flow and deletes its series, once none of its checks can write
// to them any more.
func (e *Exporter) stop(f *running) {
	f.cancel()
	<-f.done
	e.mu.Lock()
	delete(e.flows, f.config.Name)
	e.mu.Unlock()
	f.runner.Remove()
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

// Snapshots returns the state of every flow, by name.
func (e *Exporter) Snapshots() []runner.Snapshot {
	var all []runner.Snapshot
	for _, f := range e.sorted() {
		all = append(all, f.runner.Snapshot())
	}
	return all
}

// Ready reports whether every flow has ended its first slot.
func (e *Exporter) Ready() bool {
	all := e.Snapshots()
	return len(all) > 0 && !slices.ContainsFunc(all, func(s runner.Snapshot) bool { return s.Cycles == 0 })
}

// Hops returns the configured hops of a flow, nil for an unknown one.
func (e *Exporter) Hops(name string) []flow.Hop {
	f := e.find(name)
	if f == nil {
		return nil
	}
	var hops []flow.Hop
	for _, h := range hop.Build(f.config) {
		hops = append(hops, h.Name)
	}
	return hops
}
