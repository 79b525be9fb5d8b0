package rotate

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// create makes the new token and puts its accessor into e.
func (r rotation) create(ctx context.Context, published token.Token, e *entry) (fresh token.Token, err error) {
	want := upstream.TokenRequest{
		Role:     r.Rotate.TokenRole,
		Policies: r.Rotate.Policies,
		Metadata: map[string]string{tokenMeta: e.id},
	}
	err = r.log.NASVault(ctx, "make token", step.VaultLimit, *r.NAS.Vault, func(ctx context.Context, client upstream.Vault) error {
		if want.Role == "" {
			want.Policies = []string{"root"}
			if err := actAsRoot(ctx, client, published); err != nil {
				return err
			}
		}
		fresh, e.to, err = client.CreateToken(ctx, want)
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
	client.UseToken(published)
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
func (r rotation) write(ctx context.Context, fresh token.Token, now state, e entry) error {
	nas := *r.NAS.Vault
	return r.log.NASVault(ctx, "write NAS KV", step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		return client.WriteToken(ctx, *nas.KV, fresh, map[string]string{
			"created_at":   time.Now().UTC().Format(time.RFC3339),
			"rotated_from": e.from,
		}, now.version)
	})
}
