package rotate

import (
	"context"
	"maps"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// finish does what earlier rotations left. done says that it was the published
// token's own, so that there is no need for another one now.
func (r rotation) finish(ctx context.Context, now *state) (done bool, err error) {
	if now.accessor == "" {
		return false, r.trace(ctx, *now)
	}
	_, replaced := now.others[now.mine.replaces]
	done = now.begun() || replaced
	missing := now.missing(time.Now())
	if err := r.note(ctx, missing...); err != nil {
		return done, err
	}
	now.journal = append(now.journal, missing...)
	if done || len(now.others) > 0 {
		if err := r.writeFile(ctx, now.published); err != nil {
			return done, err
		}
	}
	if len(now.others) > 0 {
		if err := r.arrive(ctx, now.published); err != nil {
			return done, err
		}
		if err := r.retire(ctx, now); err != nil {
			return done, err
		}
	}
	return done, r.close(ctx, now.journal)
}

// retire revokes the living tokens other than the published one, each only if it
// is proven that we made it or that the published one replaced it. They are
// looked at once more, after nobody can publish one of them any more.
func (r rotation) retire(ctx context.Context, now *state) error {
	if err := r.fence(ctx, now); err != nil {
		return err
	}
	if err := r.unchanged(ctx, *now); err != nil {
		return err
	}
	nas, unproven := *r.NAS.Vault, 0
	err := r.log.NASVault(ctx, "revoke tokens", step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		for _, accessor := range now.order() {
			proven, err := r.proven(ctx, client, *now, accessor)
			switch {
			case err != nil:
				return err
			case !proven:
				unproven++
				r.log.Warn("token left alone: not proven to be the rotation's own", "accessor", accessor)
				continue
			}
			// No transaction spans what follows, so nothing comes between.
			if err := r.everywhere(ctx, now.published); err != nil {
				return stays(reason.Of(err), "looking at the copies once more: %v", err)
			}
			if err := client.RevokeAccessor(ctx, accessor); err != nil {
				return err
			}
			delete(now.others, accessor)
			r.log.Info("token revoked", "accessor", accessor)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case unproven > 0:
		return stays(reason.Ambiguous, "revoking what the published token replaced: got %d living tokens that are not proven to be the rotation's own; revoke them, or remove their entries from the KV secret's metadata", unproven)
	}
	return nil
}

// order lists the tokens to revoke. The replaced one comes first, while those
// that name it are alive.
func (s state) order() []string {
	all := slices.Sorted(maps.Keys(s.others))
	slices.SortStableFunc(all, func(a, b string) int {
		switch {
		case a == s.mine.replaces:
			return -1
		case b == s.mine.replaces:
			return 1
		}
		return 0
	})
	return all
}

// fence keeps the runs that made the other tokens, which may still be alive,
// from publishing them. The replaced token was published already.
func (r rotation) fence(ctx context.Context, now *state) error {
	if _, replaced := now.others[now.mine.replaces]; replaced && len(now.others) == 1 {
		return nil
	}
	nas := *r.NAS.Vault
	err := r.log.NASVault(ctx, "fence NAS KV", step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		return client.Fence(ctx, *nas.KV, now.version)
	})
	if err == nil {
		now.version++
	}
	return err
}

// unchanged fails unless the token that arrived everywhere is still published and
// works.
func (r rotation) unchanged(ctx context.Context, now state) error {
	nas := *r.NAS.Vault
	err := r.log.NASVault(ctx, "read NAS KV", step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		published, version, err := client.ReadToken(ctx, *nas.KV)
		defer published.Destroy()
		if err == nil && (version != now.version || !published.Equal(now.published)) {
			return reason.Errorf(reason.Mismatch, "revoking the old token: got another token published than the one that arrived; run again")
		}
		return err
	})
	if err != nil {
		return err
	}
	accessor, err := r.identify(ctx, now.published)
	switch {
	case err != nil:
		return err
	case accessor != now.accessor:
		return stays(reason.Revoked, "revoking the old token: got a published token that does not work any more")
	}
	return nil
}

// proven reports whether the living token with the accessor may be revoked. The
// journal counts for nothing here but against it.
func (r rotation) proven(ctx context.Context, client upstream.Vault, now state, accessor string) (bool, error) {
	meta, alive, err := client.LookupAccessor(ctx, accessor)
	if err != nil || !alive {
		return err == nil, err
	}
	if m := r.readMark(meta); m.id != "" {
		for _, e := range now.journal {
			if e.New == accessor && (e.ID != m.id || e.Old != m.replaces) {
				return false, nil
			}
		}
		return accessor != now.accessor, nil
	}
	if accessor != now.mine.replaces {
		return false, nil
	}
	// Not made by a rotation, but replaced by one: the token that did and the
	// version that published it say the same.
	from, version, err := client.RotatedFrom(ctx, *r.NAS.Vault.KV)
	return from == accessor && version == now.version, err
}
