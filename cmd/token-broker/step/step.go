// Package step runs the steps of a command: each bounded in time, each one
// line in the log.
package step

import (
	"context"
	"log/slog"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// The limits of a step. Connecting may take half of it.
const (
	VaultLimit      = 15 * time.Second
	KubernetesLimit = 10 * time.Second
	logoutLimit     = 5 * time.Second
)

// Log is where the steps of a command are noted.
type Log struct{ *slog.Logger }

// Do runs one step within limit and logs how it ended, with its requests at
// the debug level. Its error has a reason.
func (l Log) Do(ctx context.Context, name string, limit time.Duration, run func(context.Context, *upstream.Trace) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var trace upstream.Trace
	start := time.Now()
	err := run(ctx, &trace)
	for _, s := range trace.Steps {
		l.Debug("request", "step", name, "operation", s.Operation, "target", s.Target, "duration", s.Duration.Round(time.Microsecond), "reason", s.Reason)
	}
	took := time.Since(start).Round(time.Microsecond)
	if err != nil {
		l.Warn("step failed", "step", name, "duration", took, "reason", reason.Of(err), "error", err)
		return err
	}
	l.Info("step done", "step", name, "duration", took)
	return nil
}

// NASVault runs one step with a client of the NAS Vault that is logged in.
func (l Log) NASVault(ctx context.Context, name string, limit time.Duration, cfg config.Vault, run func(context.Context, upstream.Vault) error) error {
	return l.vault(ctx, name, limit, upstream.OpenNASVault, cfg, run)
}

// MainVault runs one step with a client of the main Vault that is logged in.
func (l Log) MainVault(ctx context.Context, name string, limit time.Duration, cfg config.Vault, run func(context.Context, upstream.Vault) error) error {
	return l.vault(ctx, name, limit, upstream.OpenMainVault, cfg, run)
}

type openVault func(config.Vault, *upstream.Trace) (upstream.Vault, error)

func (l Log) vault(ctx context.Context, name string, limit time.Duration, open openVault, cfg config.Vault, run func(context.Context, upstream.Vault) error) error {
	return l.Do(ctx, name, limit, func(ctx context.Context, trace *upstream.Trace) error {
		client, err := open(cfg, trace)
		if err != nil {
			return err
		}
		defer client.Close()
		if err := client.Login(ctx); err != nil {
			return err
		}
		defer l.logout(ctx, name, client)
		return run(ctx, client)
	})
}

// logout ends the step's own login, also where its time is over. What is not ended
// by it ends by itself, later.
func (l Log) logout(ctx context.Context, name string, client upstream.Vault) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutLimit)
	defer cancel()
	if err := client.Logout(ctx); err != nil {
		l.Warn("the login was not ended", "step", name, "reason", reason.Of(err), "error", err)
	}
}

// Kubernetes runs one step with a client of the Kubernetes API.
func (l Log) Kubernetes(ctx context.Context, name string, cfg config.Kubernetes, run func(context.Context, upstream.Kubernetes) error) error {
	return l.Do(ctx, name, KubernetesLimit, func(ctx context.Context, trace *upstream.Trace) error {
		client, err := upstream.OpenKubernetes(cfg, trace)
		if err != nil {
			return err
		}
		defer client.Close()
		return run(ctx, client)
	})
}
