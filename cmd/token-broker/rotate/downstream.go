package rotate

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// maxPoll is the longest time between two looks at the Secret.
const maxPoll = 5 * time.Second

// waitForSecret returns when the applications' Secret holds t, or when the
// grace period is over. A Secret that cannot be read is one that does not hold
// it yet: the rotation must end, because until then two tokens are valid.
func (r rotation) waitForSecret(ctx context.Context, t token.Token) error {
	grace := r.Rotate.Grace
	r.log.Info("waiting for the Secret", "step", "wait", "grace", grace)
	over := time.NewTimer(grace)
	defer over.Stop()
	poll := time.NewTicker(min(maxPoll, max(grace/10, time.Millisecond)))
	defer poll.Stop()
	start := time.Now()
	for {
		served, why := r.served(ctx, t)
		if served {
			r.log.Info("step done", "step", "wait", "duration", time.Since(start).Round(time.Millisecond))
			return nil
		}
		r.log.Debug("the Secret does not hold the new token yet", "step", "wait", "reason", why)
		select {
		case <-ctx.Done():
			return reason.From(ctx.Err(), "waiting for the Secret")
		case <-over.C:
			r.log.Warn("grace period is over", "step", "wait", "grace", grace, "reason", why)
			return nil
		case <-poll.C:
		}
	}
}

// served reports whether the Secret holds t, and if not, why.
func (r rotation) served(ctx context.Context, t token.Token) (bool, reason.Reason) {
	k := r.Main.Kubernetes
	if k == nil || k.Secret == nil {
		return false, reason.Config
	}
	ctx, cancel := context.WithTimeout(ctx, step.KubernetesLimit)
	defer cancel()
	reading, err := hop.K8sSecret(*k)(ctx)
	if err != nil {
		return false, reason.Of(err)
	}
	defer reading.Token.Destroy()
	if !reading.Token.Equal(t) {
		return false, reason.Mismatch
	}
	return true, ""
}
