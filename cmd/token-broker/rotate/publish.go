package rotate

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/journal"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// lostError says that another writer was faster.
type lostError struct{ error }

// publish makes a new token and puts it where the broker reads it. Each thing
// that an interruption could leave behind is in the journal before it exists.
func (r rotation) publish(ctx context.Context, now state) error {
	e := journal.New(now.accessor, time.Now())
	if err := r.note(ctx, e); err != nil {
		return err
	}
	fresh, err := r.create(ctx, now.published, &e)
	defer fresh.Destroy()
	if err == nil {
		err = r.note(ctx, e)
	}
	if err == nil {
		err = r.prove(ctx, fresh)
	}
	if err == nil {
		if err = r.write(ctx, fresh, now, e); err == nil {
			return nil
		}
		if !upstream.IsConflict(err) && !r.refused(ctx, err, now) {
			return err // it may have been written, which the next run sees
		}
	}
	if e.New != "" {
		// What this cannot do, the next run does.
		_ = r.discard(ctx, e)
	}
	if upstream.IsConflict(err) {
		return &lostError{err}
	}
	return err
}

// refused reports whether a write that was answered with a refusal, which may be
// a proxy's, has not taken place.
func (r rotation) refused(ctx context.Context, err error, now state) bool {
	if reason.Of(err) != reason.Forbidden {
		return false
	}
	nas, newest := *r.NAS.Vault, -1
	_ = r.log.NASVault(ctx, "read NAS KV", step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		published, version, err := client.ReadToken(ctx, *nas.KV)
		published.Destroy()
		if err == nil || reason.Of(err).Group() == reason.Value {
			newest = version
		}
		return err
	})
	return newest == now.version
}

// discard revokes the token of an entry that this run has made and that nobody
// has seen.
func (r rotation) discard(ctx context.Context, e journal.Entry) error {
	err := r.log.NASVault(ctx, "revoke new token", step.VaultLimit, *r.NAS.Vault, func(ctx context.Context, client upstream.Vault) error {
		return client.RevokeAccessor(ctx, e.New)
	})
	if err != nil {
		return err
	}
	return r.close(ctx, []journal.Entry{e})
}

// create makes the new token and puts its accessor into e.
func (r rotation) create(ctx context.Context, published token.Token, e *journal.Entry) (fresh token.Token, err error) {
	want := upstream.TokenRequest{Role: r.Rotate.TokenRole, Policies: r.Rotate.Policies, Metadata: r.newMeta(*e)}
	err = r.log.NASVault(ctx, "make token", step.VaultLimit, *r.NAS.Vault, func(ctx context.Context, client upstream.Vault) error {
		if want.Role == "" {
			want.Policies = []string{"root"}
			if err := actAsRoot(ctx, client, published); err != nil {
				return err
			}
		}
		fresh, e.New, err = client.CreateToken(ctx, want)
		return err
	})
	return fresh, err
}

// actAsRoot makes sure that the client may make root tokens, which only root
// tokens may. The rotator's own login is better not one, so the published token
// makes its successor.
func actAsRoot(ctx context.Context, client upstream.Vault, published token.Token) error {
	own, err := client.LookupSelf(ctx)
	if err == nil && own.Root {
		return nil
	}
	if published.IsZero() {
		return reason.Errorf(reason.Policy, "looking for a root token to make another with: got neither a published one nor the root policy of our own; log in once with a root token in nas.vault.auth.token_file")
	}
	client.ActAs(ctx, published)
	return nil
}

// prove fails unless the new token works as it must.
func (r rotation) prove(ctx context.Context, fresh token.Token) error {
	return r.log.Do(ctx, "prove token", step.VaultLimit, func(ctx context.Context, trace *upstream.Trace) error {
		got, err := step.Prove(ctx, *r.NAS.Vault, fresh, trace)
		switch {
		case err != nil:
			return err
		case r.Rotate.TokenRole == "" && !got.Root:
			return reason.Errorf(reason.Policy, "proving the new token: got one without the root policy")
		case r.Rotate.TokenRole != "" && got.Expiry.IsZero():
			return reason.Errorf(reason.Policy, "proving the new token: got one without an end; set token_period on the token role %q", r.Rotate.TokenRole)
		}
		return nil
	})
}

// write publishes the new token, unless somebody has published since now.
func (r rotation) write(ctx context.Context, fresh token.Token, now state, e journal.Entry) error {
	nas := *r.NAS.Vault
	return r.log.NASVault(ctx, "write NAS KV", step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		return client.WriteToken(ctx, *nas.KV, fresh, map[string]string{
			upstream.FieldCreated: time.Now().UTC().Format(time.RFC3339),
			upstream.FieldFrom:    e.Old,
		}, now.version)
	})
}
