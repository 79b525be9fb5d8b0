package main

import (
	"context"

	"homelab.io/vault-health-exporter/e2e/smoke"
	"homelab.io/vault-health-exporter/exporter/config"
)

// smoke answers the four questions of the environment that was named.
func (g program) smoke(ctx context.Context) error {
	target, err := config.LoadOnce(ctx, g.target)
	if err != nil {
		return err
	}
	answers, err := smoke.Ask(ctx, target)
	if err != nil {
		return err
	}
	yes, err := smoke.WriteTable(g.out, answers)
	if err == nil && !yes {
		err = errNoGo
	}
	return err
}
