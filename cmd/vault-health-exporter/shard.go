package main

import (
	"errors"
	"slices"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/metrics"
)

// sharded leaves of a configuration, and of what is wrong with it, the flows of a
// shard. That none is left is no mistake: the others have them.
func sharded(shard metrics.Shard, cfg *config.Config, err error) (*config.Config, error) {
	if cfg == nil {
		return nil, err
	}
	part := &config.Config{Flows: slices.DeleteFunc(slices.Clone(cfg.Flows), func(f config.Flow) bool { return !shard.Has(f.Name) })}
	if wrong := (*config.Error)(nil); errors.As(err, &wrong) {
		err = wrong.Without(shard.Has)
	}
	return part, err
}
