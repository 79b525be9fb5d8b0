package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"homelab.io/vault-health-exporter/cmd/token-broker/cycle"
	"homelab.io/vault-health-exporter/cmd/token-broker/health"
	"homelab.io/vault-health-exporter/cmd/token-broker/rotate"
	"homelab.io/vault-health-exporter/cmd/token-broker/settings"
	"homelab.io/vault-health-exporter/cmd/token-broker/snapshot"
	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// command is what the commands share.
type command struct {
	configFile, verify string
	stdout, stderr     io.Writer
	log                step.Log
}

// unusable reports why a command could not run.
func (c command) unusable(err error) int {
	fmt.Fprintf(c.stderr, "token-broker: %v\n", err)
	return exitUnusable
}

// failed logs why a command did not do what it is for.
func (c command) failed(err error) int {
	var wrong *config.Error
	if errors.As(err, &wrong) {
		return c.unusable(err)
	}
	c.log.Error("failed", "reason", reason.Of(err), "because", reason.Of(err).Plain(), "error", err)
	if reason.Of(err) == reason.Config {
		return exitUnusable
	}
	return exitFailed
}

func (c command) cycle(ctx context.Context) int {
	s, err := settings.Load(ctx, c.configFile, settings.Cycle)
	if err != nil {
		return c.failed(err)
	}
	result, err := cycle.Run(ctx, s, c.log)
	switch {
	case err != nil:
		return c.failed(err)
	case result.NeedsPerson():
		c.log.Error("cycle done", "outcome", result.Outcome, "reason", result.Reason, "because", result.Reason.Plain())
		return exitFailed
	}
	c.log.Info("cycle done", "outcome", result.Outcome, "reason", result.Reason)
	return exitOK
}

func (c command) rotate(ctx context.Context) int {
	s, err := settings.Load(ctx, c.configFile, settings.RotateToken)
	if err != nil {
		return c.failed(err)
	}
	outcome, err := rotate.Run(ctx, s, c.log)
	if outcome == rotate.Open {
		c.log.Error("rotation open", "outcome", outcome, "reason", reason.Of(err), "because", reason.Of(err).Plain(), "error", err)
		return exitFailed
	}
	if err != nil {
		return c.failed(err)
	}
	c.log.Info("rotation done", "outcome", outcome)
	return exitOK
}

func (c command) snapshot(ctx context.Context) int {
	if c.verify != "" {
		if err := snapshot.Verify(ctx, c.verify); err != nil {
			return c.failed(err)
		}
		fmt.Fprintf(c.stdout, "%s is a whole snapshot\n", c.verify)
		return exitOK
	}
	s, err := settings.Load(ctx, c.configFile, settings.TakeBackup)
	if err != nil {
		return c.failed(err)
	}
	path, err := snapshot.Take(ctx, s, c.log)
	if err != nil {
		return c.failed(err)
	}
	c.log.Info("snapshot done", "file", path)
	return exitOK
}

func (c command) healthCheck(ctx context.Context) int {
	s, err := settings.Load(ctx, c.configFile, settings.CheckHealth)
	if err != nil {
		return c.failed(err)
	}
	healthy, err := health.Run(ctx, s, c.log)
	if err != nil {
		return c.failed(err)
	}
	c.log.Info("health check done", "healthy", healthy)
	return exitOK
}
