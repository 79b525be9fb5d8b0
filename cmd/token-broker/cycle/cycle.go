// Package cycle is the broker's one cycle: it moves the NAS Vault's token to
// the main Vault, when there is a new one and it is good.
package cycle

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/event"
	"homelab.io/vault-health-exporter/cmd/token-broker/settings"
	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/features"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// source is who wrote the token, in the KV secret of the main Vault.
const source = "nas-token-broker"

// Run does one cycle and returns what came of it. Its error is about the
// rollout flags, without which nothing may be done, or says that ctx ended.
func Run(ctx context.Context, s *settings.Settings, log step.Log) (Result, error) {
	flags := features.Flags{Automatic: true}
	if s.FeaturesDir != "" {
		var err error
		if flags, err = features.Load(s.FeaturesDir); err != nil {
			return Result{}, err
		}
		log.Info("rollout flags read", "automatic", flags.Automatic, "fallback_to_manual", flags.FallbackToManual)
	}
	if !flags.Automatic {
		if !flags.FallbackToManual {
			log.Warn("nothing moves the token: both the broker and the fallback to a person are disabled")
		}
		return Result{Outcome: Disabled}, nil
	}
	result := move(ctx, s, log)
	if err := ctx.Err(); err != nil {
		// What failed then says nothing about an upstream.
		return Result{}, reason.From(err, "moving the token")
	}
	if k := s.Main.Kubernetes; k != nil {
		if e, ok := result.event(); ok {
			event.Report(ctx, *k, log, source, e)
		}
	}
	if flags.FallbackToManual && result.NeedsPerson() {
		log.Warn("a person has to move the token", "from", path(s.NAS.Vault), "to", path(s.Main.Vault), "fields", "token, updated_at, source=manual")
	}
	return result, nil
}

// move reads, proves, compares and writes, in this order.
func move(ctx context.Context, s *settings.Settings, log step.Log) Result {
	nas, main := *s.NAS.Vault, *s.Main.Vault
	fresh, err := readNAS(ctx, nas, log)
	defer fresh.Destroy()
	unproven := err
	if fresh.IsZero() || err != nil && !refused(err) {
		return failedAtNAS(err)
	}
	kept, version, err := readMain(ctx, main, log)
	defer kept.Destroy()
	same := kept.Equal(fresh)
	switch {
	case unproven != nil && same:
		return Result{Outcome: Stale, Reason: reason.Of(unproven)}
	case unproven != nil:
		return Result{Outcome: Invalid, Reason: reason.Of(unproven)}
	case err != nil:
		return Result{Outcome: Failed, Reason: reason.Of(err)}
	case same:
		return Result{Outcome: Current}
	}
	err = writeMain(ctx, main, log, fresh, version)
	switch {
	case upstream.IsConflict(err):
		return lostRace(ctx, main, log, fresh)
	case err != nil:
		return Result{Outcome: Failed, Reason: reason.Of(err)}
	}
	return Result{Outcome: Updated}
}

// path names a KV secret for a person.
func path(v *config.Vault) string { return v.Address + " " + v.KV.Mount + "/" + v.KV.Path }

// readMain reads the token that the main Vault holds, and its version. No
// usable token there is no error: that is what a write mends. One with a newline
// behind it is not usable, because External Secrets copies that too.
func readMain(ctx context.Context, main config.Vault, log step.Log) (kept token.Token, version int, err error) {
	err = log.MainVault(ctx, "read main KV", step.VaultLimit, main, func(ctx context.Context, client upstream.Vault) error {
		kept, version, err = client.ReadDelivered(ctx, *main.KV)
		if reason.Of(err).Group() == reason.Value {
			kept.Destroy()
			log.Info("the main Vault holds no usable token", "reason", reason.Of(err))
			return nil
		}
		return err
	})
	return kept, version, err
}

// writeMain writes the token unless somebody else has written since version.
func writeMain(ctx context.Context, main config.Vault, log step.Log, fresh token.Token, version int) error {
	return log.MainVault(ctx, "write main KV", step.VaultLimit, main, func(ctx context.Context, client upstream.Vault) error {
		return client.WriteToken(ctx, *main.KV, fresh, map[string]string{
			"updated_at": time.Now().UTC().Format(time.RFC3339),
			"source":     source,
		}, version)
	})
}

// lostRace looks once at what the winner wrote. Another token than ours is the
// winner's to answer for: it read the NAS Vault as we did, and the next cycle
// compares again.
func lostRace(ctx context.Context, main config.Vault, log step.Log, fresh token.Token) Result {
	kept, _, err := readMain(ctx, main, log)
	defer kept.Destroy()
	switch {
	case err != nil:
		return Result{Outcome: Failed, Reason: reason.Of(err)}
	case kept.Equal(fresh):
		return Result{Outcome: Current}
	}
	return Result{Outcome: Superseded}
}
