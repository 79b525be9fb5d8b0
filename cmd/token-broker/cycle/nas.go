package cycle

import (
	"context"
	"math/rand/v2"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// The limits at the NAS, which may be switched off: the main cluster must not
// wait for it. Connecting may take half of a try, 2 s.
const (
	nasLimit  = 5 * time.Second
	tryLimit  = 4 * time.Second
	maxTries  = 2
	minPause  = 100 * time.Millisecond
	morePause = 300 * time.Millisecond
)

// readNAS reads the NAS Vault's token and proves that it authenticates there.
// The token is valid beside an error too, where it is the token that failed.
func readNAS(ctx context.Context, nas config.Vault, log step.Log) (fresh token.Token, err error) {
	ctx, cancel := context.WithTimeout(ctx, nasLimit)
	defer cancel()
	for try := 1; ; try++ {
		fresh, err = tryNAS(ctx, nas, log)
		if try == maxTries || !unreachable(err) || !pause(ctx) {
			return fresh, err
		}
		fresh.Destroy()
	}
}

func tryNAS(ctx context.Context, nas config.Vault, log step.Log) (fresh token.Token, err error) {
	err = log.NASVault(ctx, "read NAS KV", tryLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		fresh, _, err = client.ReadToken(ctx, *nas.KV)
		return err
	})
	if err != nil {
		return fresh, err
	}
	err = log.Do(ctx, "prove token", tryLimit, func(ctx context.Context, trace *upstream.Trace) error {
		_, err := step.Prove(ctx, nas, fresh, trace)
		return err
	})
	return fresh, err
}

// pause waits for a random time, so that clients which failed together do not
// come back together; it reports whether there is time left.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(minPause + rand.N(morePause)): // #nosec G404 -- spreads requests, guards nothing
		return true
	}
}

// unreachable tells a NAS that is away, and may come back by itself, from one
// that answers what a person has to mend.
func unreachable(err error) bool {
	switch why := reason.Of(err); why {
	case reason.Sealed, reason.Standby, reason.HTTP5xx, reason.RateLimited, reason.BreakerOpen:
		return true
	default:
		return err != nil && why.Group() == reason.Network
	}
}

// refused tells a token that the NAS Vault does not accept from a NAS Vault
// that could not be asked.
func refused(err error) bool {
	why := reason.Of(err)
	return why == reason.Policy || why.Group() == reason.Credential
}

// failedAtNAS judges a failure to get a token from the NAS.
func failedAtNAS(err error) Result {
	why := reason.Of(err)
	switch {
	case unreachable(err):
		return Result{Outcome: Unreachable, Reason: why}
	case why.Group() == reason.Value:
		return Result{Outcome: Invalid, Reason: why}
	}
	return Result{Outcome: Failed, Reason: why}
}
