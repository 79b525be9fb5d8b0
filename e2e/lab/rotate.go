package lab

import (
	"context"
	"fmt"
	"time"
)

// token is the NAS Vault's root token that the flow moves.
type token struct {
	value    string
	accessor string
	created  time.Time
	revoked  bool
}

// RotateOptions say what a rotation leaves out.
type RotateOptions struct {
	// KeepFile leaves the old token in the token file, as a rotation does whose
	// last step was forgotten.
	KeepFile bool
	// KeepCopy leaves it to the CronJob to move the new token, which it does at
	// the next full minute.
	KeepCopy bool
	// KeepFallback leaves the old token in the fallback tiers that are copies.
	KeepFallback bool
}

// Rotate replaces the NAS Vault's root token as a person does: a new one is
// made, stored in the NAS Vault and in the token file, the old one is revoked,
// the broker is run and the fallback tiers are filled anew.
func (l *Lab) Rotate(ctx context.Context, options RotateOptions) error {
	old := l.token
	fresh, err := l.newRootToken(ctx)
	if err != nil {
		return err
	}
	err = l.writeToken(ctx, fresh, old.accessor)
	if err != nil {
		return err
	}
	l.token = fresh
	if !options.KeepFile {
		err = l.RestoreTokenFile(ctx)
		if err != nil {
			return err
		}
	}
	err = l.revoke(ctx, &old)
	if err != nil || options.KeepCopy {
		return err
	}
	err = l.RunBroker(ctx)
	if err != nil || options.KeepFallback {
		return err
	}
	return l.StoreFallback(ctx)
}

// RevokeToken revokes the token that the flow moves, everywhere at once and
// without a successor: what a person does by mistake. Rotate ends it.
func (l *Lab) RevokeToken(ctx context.Context) error { return l.revoke(ctx, &l.token) }

func (l *Lab) revoke(ctx context.Context, t *token) error {
	if t.revoked {
		return nil
	}
	err := l.nas.client.Auth().Token().RevokeAccessorWithContext(ctx, t.accessor)
	if err != nil {
		return fmt.Errorf("revoking the root token: %w", err)
	}
	t.revoked = true
	return nil
}

// newRootToken makes a root token that is not the administrator's, so that it
// can be revoked.
func (l *Lab) newRootToken(ctx context.Context) (token, error) {
	issued, err := l.nas.issue(ctx, "root", 0)
	if err != nil {
		return token{}, err
	}
	return token{value: issued.ClientToken, accessor: issued.Accessor, created: time.Now().UTC()}, nil
}

// writeToken stores the token in the NAS Vault. The old one is named by its
// accessor, which is no secret.
func (l *Lab) writeToken(ctx context.Context, t token, rotatedFrom string) error {
	_, err := l.nas.client.KVv2(kvMount).Put(ctx, kvNASPath, map[string]any{
		"token":        t.value,
		"created_at":   t.created.Format(time.RFC3339),
		"rotated_from": rotatedFrom,
	})
	if err != nil {
		return fmt.Errorf("writing %q: %w", kvMount+"/"+kvNASPath, err)
	}
	return nil
}
