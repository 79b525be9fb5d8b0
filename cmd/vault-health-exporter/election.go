package main

import (
	"context"
	"fmt"
	"log/slog"

	"k8s.io/apimachinery/pkg/util/validation"

	"homelab.io/vault-health-exporter/exporter"
	"homelab.io/vault-health-exporter/exporter/leader"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/web"
)

// leaseName is the name of the Lease: each shard has a leader of its own.
func (c serveCommand) leaseName(shard metrics.Shard) (string, error) {
	name := c.lease
	if shard.Of > 0 {
		name = fmt.Sprintf("%s-%d-of-%d", c.lease, shard.Number, shard.Of)
	}
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		return "", fmt.Errorf("reading --leader-election.lease: got %q, want the name of a Kubernetes object: lower-case letters, digits, '-' and '.'", name)
	}
	return name, nil
}

// candidate makes this process a candidate for its shard's Lease. Its error says
// that this is no pod, or no name.
func (c serveCommand) candidate(shard metrics.Shard, log *slog.Logger) (*leader.Candidate, error) {
	name, err := c.leaseName(shard)
	if err != nil {
		return nil, err
	}
	kubernetes, err := leader.InPod()
	if err != nil {
		return nil, fmt.Errorf("taking part in a --leader-election: %w", err)
	}
	return leader.New(kubernetes, name, log), nil
}

// elect has the exporter stand by until the candidate leads, and the page say how
// it stands. What it returns takes part.
func elect(candidate *leader.Candidate, e *exporter.Exporter, options *web.Options) func(context.Context) error {
	e.StandBy()
	options.Election = func() string { return candidate.Standing().String() }
	return func(ctx context.Context) error { return candidate.Run(ctx, e.Lead) }
}
