// Package health asks for the NAS Vault's health and keeps the answer, while it
// is bad, in an annotation of a Secret.
package health

import (
	"context"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/settings"
	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/features"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Annotation is set while the NAS Vault is unhealthy, to the time of the first
// failure and the reason of the newest.
const Annotation = "homelab.io/nas-unhealthy"

// defaultTimeout is the shipped value of the flag health-check-timeout.
const defaultTimeout = 30 * time.Second

// Run checks once. That the NAS is unhealthy is no error: it is what was asked.
func Run(ctx context.Context, s *settings.Settings, log step.Log) (healthy bool, err error) {
	timeout := defaultTimeout
	if s.FeaturesDir != "" {
		flags, err := features.Load(s.FeaturesDir)
		if err != nil {
			return false, err
		}
		timeout = flags.HealthCheckTimeout
	}
	unhealthy := log.Do(ctx, "check health", timeout, func(ctx context.Context, trace *upstream.Trace) error {
		client, err := upstream.OpenNASVault(*s.NAS.Vault, trace)
		if err != nil {
			return err
		}
		defer client.Close()
		_, err = client.Health(ctx)
		return err
	})
	if err := ctx.Err(); err != nil {
		// What failed then says nothing about the NAS.
		return false, reason.From(err, "checking the NAS Vault's health")
	}
	if unhealthy != nil && reason.Of(unhealthy).Group() == reason.Exporter {
		return false, unhealthy // our own fault, not the NAS's
	}
	return unhealthy == nil, annotate(ctx, s, log, reason.Of(unhealthy))
}

// annotate sets or removes the annotation; it neither reads nor writes the
// Secret's data.
func annotate(ctx context.Context, s *settings.Settings, log step.Log, why reason.Reason) error {
	name := s.HealthCheck.Secret
	return log.Kubernetes(ctx, "annotate secret", *s.Main.Kubernetes, func(ctx context.Context, client upstream.Kubernetes) error {
		meta, err := client.GetMetadata(ctx, "api/v1", "secrets", name)
		if err != nil {
			return err
		}
		old, set := meta.Annotations[Annotation]
		var value any // null removes it
		if why != "" {
			value = since(old, time.Now()) + " " + string(why)
		}
		if value == nil && !set || value == old {
			return nil
		}
		return client.Patch(ctx, "api/v1", "secrets", name, map[string]any{
			"metadata": map[string]any{"annotations": map[string]any{Annotation: value}},
		})
	})
}

// since keeps the time of the first failure, unless the annotation does not
// begin with one, which a person or an older script may have set.
func since(old string, now time.Time) string {
	first, _, _ := strings.Cut(old, " ")
	if _, err := time.Parse(time.RFC3339, first); err == nil {
		return first
	}
	return now.UTC().Format(time.RFC3339)
}
