package lab

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// token is the NAS Vault's root token that the flow moves. It is kept in the
// lab's folder, as the administrators' are, so that another process can go on.
type token struct {
	Value    string
	Accessor string
	Created  time.Time
	Revoked  bool
}

func (l *Lab) tokenState() string { return l.own("flow-token.json") }

// token reads it.
func (l *Lab) token() (kept token, err error) { return kept, l.kept(l.tokenState(), &kept) }

func (l *Lab) keepToken(t token) error { return l.keepJSON(l.tokenState(), t) }

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
// made, stored in the NAS Vault and in the token file, the broker is run, and
// once applications have it the old one is revoked and the fallback tiers are
// filled anew.
func (l *Lab) Rotate(ctx context.Context, options RotateOptions) error {
	old, err := l.token()
	if err != nil {
		return err
	}
	fresh, err := l.newRootToken(ctx)
	if err != nil {
		return err
	}
	err = l.writeToken(ctx, fresh, old.Accessor)
	if err != nil {
		return err
	}
	err = l.keepToken(fresh)
	if err != nil {
		return err
	}
	if !options.KeepFile {
		err = l.RestoreTokenFile(ctx)
		if err != nil {
			return err
		}
	}
	if options.KeepCopy {
		return l.revoke(ctx, old)
	}
	err = l.RunBroker(ctx)
	if err != nil {
		return err
	}
	err = l.delivered(ctx, fresh)
	if err != nil {
		return err
	}
	err = l.revoke(ctx, old)
	if err != nil || options.KeepFallback {
		return err
	}
	return l.StoreFallback(ctx)
}

// delivered returns when applications have a token.
func (l *Lab) delivered(ctx context.Context, t token) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return until(ctx, "the Secret to have the new token", func(ctx context.Context) error {
		held, err := l.Secret(ctx, l.own(secretName))
		if err == nil && string(held["token"]) != t.Value {
			err = fmt.Errorf("got another one")
		}
		return err
	})
}

// RevokeToken revokes the token that the flow moves, everywhere at once and
// without a successor: what a person does by mistake. Rotate ends it.
func (l *Lab) RevokeToken(ctx context.Context) error {
	moved, err := l.token()
	if err != nil {
		return err
	}
	err = l.revoke(ctx, moved)
	if err != nil {
		return err
	}
	moved.Revoked = true
	return l.keepToken(moved)
}

func (l *Lab) revoke(ctx context.Context, t token) error {
	if t.Revoked {
		return nil
	}
	err := l.nas.client.Auth().Token().RevokeAccessorWithContext(ctx, t.Accessor)
	if err != nil && !strings.Contains(err.Error(), "invalid accessor") { // which is one that has gone already
		return fmt.Errorf("revoking the root token: %w", err)
	}
	return nil
}

// metaFlow says in a token's metadata whose it is.
const metaFlow = "flow"

// newRootToken makes a root token that is not the administrator's, so that it
// can be revoked.
func (l *Lab) newRootToken(ctx context.Context) (token, error) {
	issued, err := l.nas.issue(ctx, "root", 0, map[string]string{metaFlow: l.Flow()})
	if err != nil {
		return token{}, err
	}
	return token{Value: issued.ClientToken, Accessor: issued.Accessor, Created: time.Now().UTC()}, nil
}

// writeToken stores the token in the NAS Vault. The old one is named by its
// accessor, which is no secret.
func (l *Lab) writeToken(ctx context.Context, t token, rotatedFrom string) error {
	_, err := l.nas.client.KVv2(kvMount).Put(ctx, l.NASPath(), map[string]any{
		"token":        t.Value,
		"created_at":   t.Created.Format(time.RFC3339),
		"rotated_from": rotatedFrom,
	})
	if err != nil {
		return fmt.Errorf("writing %q: %w", kvMount+"/"+l.NASPath(), err)
	}
	return nil
}
