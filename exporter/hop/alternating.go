package hop

import (
	"context"
	"sync/atomic"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// reusing has server keep what checks leave to the next ones, where f wants that.
func reusing[S interface{ Reuse(*upstream.Sessions) }](server S, f config.Flow, sessions *upstream.Sessions) S {
	if f.Connections == config.Reuse {
		server.Reuse(sessions)
	}
	return server
}

// alternating makes every nth check cold, the first included, and says of each
// that asked anyone whether it was warm.
func alternating(check Check, every int) Check {
	var checks atomic.Int64
	return func(ctx context.Context) (Reading, error) {
		if (checks.Add(1)-1)%int64(every) == 0 {
			ctx = upstream.Cold(ctx)
		}
		r, err := check(ctx)
		if r.Opened+r.Reused > 0 {
			r.found(catalogue.Flag(catalogue.CheckWarm, r.Opened == 0))
		}
		return r, err
	}
}
