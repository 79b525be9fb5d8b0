package exporter

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// Probe checks one hop now, without touching the flow's state or series, and
// puts what it found into a registry of its own. Its error has a reason, or is
// runner.ErrBusy where the schedule comes first.
func (e *Exporter) Probe(ctx context.Context, name string, h flow.Hop, registry prometheus.Registerer) (hop.Reading, error) {
	f := e.find(name)
	if f == nil {
		return hop.Reading{}, reason.Errorf(reason.Config, "probing flow %q: got no such flow", name)
	}
	o, err := f.runner.Probe(ctx, h)
	if err != nil {
		return hop.Reading{}, err
	}
	register(registry, o)
	return o.Reading, o.Err
}

// register describes one check for a scrape of its own.
func register(registry prometheus.Registerer, o runner.Outcome) {
	failed := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "probe_failed", Help: "1 with the reason why the check failed; no series when it passed.",
	}, []string{"reason"})
	if o.Err != nil {
		failed.WithLabelValues(string(reason.Of(o.Err))).Set(1)
	}
	expiry := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "probe_tls_certificate_expiry_timestamp_seconds", Help: "Unix time at which an endpoint's leaf certificate ends.",
	}, []string{"endpoint"})
	for _, c := range o.Reading.Certificates {
		expiry.WithLabelValues(c.Endpoint).Set(float64(c.NotAfter.Unix()))
	}
	steps := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "probe_step_duration_seconds", Help: "Time that the requests of one operation took.",
	}, []string{"operation"})
	for _, s := range o.Reading.Steps {
		steps.WithLabelValues(s.Operation).Add(s.Duration.Seconds())
	}
	registry.MustRegister(failed, expiry, steps)
}

// Once checks every hop of every flow once, in order, and returns the states.
// Nothing is scheduled, and nothing goes on running but a check that is deaf to
// its deadline. It is for an Exporter that does not run. Its error is that of a
// configuration that is wrong as a whole, or that lacks a part for which no flow
// stands.
func (e *Exporter) Once(ctx context.Context) ([]runner.Snapshot, error) {
	cfg, err := e.source.Load(ctx)
	planned, wrong := plans(cfg, err)
	if wrong != nil {
		return nil, wrong
	}
	if mistakes := (*config.Error)(nil); errors.As(err, &mistakes) && len(mistakes.OfNobody()) > 0 {
		return nil, &config.Error{Problems: mistakes.OfNobody()}
	}
	var all []runner.Snapshot
	for _, p := range planned {
		f := running{plan: p, runner: newRunner(p, e.shared, e.sessions)}
		f.runner.Once(ctx)
		all = append(all, f.snapshot())
	}
	return all, nil
}
