package snapshot

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// timeKey is the key of the ConfigMap that holds the newest snapshot's time.
const timeKey = "last-snapshot"

// publishTime writes the snapshot's time where the exporter reads it.
func publishTime(ctx context.Context, k config.Kubernetes, name string, taken time.Time, log step.Log) error {
	data := map[string]string{timeKey: taken.Format(time.RFC3339)}
	return log.Kubernetes(ctx, "publish time", k, func(ctx context.Context, client upstream.Kubernetes) error {
		err := client.Patch(ctx, "api/v1", "configmaps", name, map[string]any{"data": data})
		if reason.Of(err) != reason.NotFound {
			return err
		}
		return client.Create(ctx, "api/v1", "configmaps", map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]string{"name": name, "namespace": k.Namespace},
			"data":     data,
		})
	})
}
