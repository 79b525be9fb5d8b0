package hop

import (
	"context"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/features"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// configMapObject is the part of a ConfigMap that is read.
type configMapObject struct {
	Data map[string]string `json:"data"`
}

// Snapshot reads when the newest raft snapshot of the NAS Vault was taken, from
// the ConfigMap that the backup writes.
func Snapshot(cfg config.Kubernetes) func(context.Context) (Observation, error) {
	return func(ctx context.Context) (o Observation, err error) {
		text, err := configMapKey(ctx, cfg, cfg.Snapshot.ConfigMap, cfg.Snapshot.Key)
		if err != nil {
			return o, err
		}
		taken, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
		if err != nil {
			return o, reason.Errorf(reason.Malformed, "reading ConfigMap %q: got a key %q that is not a time", cfg.Snapshot.ConfigMap, cfg.Snapshot.Key)
		}
		o.Snapshot = &taken
		return o, nil
	}
}

// Features reads the rollout flags from the folder where they are mounted.
func Features(dir string) func(context.Context) (Observation, error) {
	return func(context.Context) (o Observation, err error) {
		flags, err := features.Load(dir)
		if err != nil {
			return o, err
		}
		o.Features = map[string]bool{
			features.KeyAutomatic:        flags.Automatic,
			features.KeyFallbackToManual: flags.FallbackToManual,
		}
		return o, nil
	}
}

func configMapKey(ctx context.Context, cfg config.Kubernetes, name, key string) (string, error) {
	var trace upstream.Trace
	client, err := upstream.OpenKubernetes(cfg, &trace)
	if err != nil {
		return "", err
	}
	defer client.Close()
	var object configMapObject
	err = client.Get(ctx, "api/v1", "configmaps", name, &object)
	if err != nil {
		return "", err
	}
	text, ok := object.Data[key]
	if !ok {
		return "", reason.Errorf(reason.KeyMissing, "reading ConfigMap %q: got no key %q", name, key)
	}
	return text, nil
}
