// Package rotate replaces the NAS Vault's token: it makes a new one, proves it,
// publishes it, waits until the applications have it and revokes the old one.
// It can be interrupted anywhere and run again; see journal.go.
package rotate

import (
	"context"
	"slices"

	"homelab.io/vault-health-exporter/cmd/token-broker/settings"
	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Outcome is what came of a rotation.
type Outcome string

// The outcomes.
const (
	// Rotated: a new token replaced the old one.
	Rotated Outcome = "rotated"
	// Resumed: an earlier run had published a new token and was interrupted;
	// this one did the rest of its work.
	Resumed Outcome = "resumed"
	// Superseded: another writer was faster; its token stands and ours is revoked.
	Superseded Outcome = "superseded"
)

// maxLooks is how often the state is read at most before a token is made: it
// is read anew when leftovers were cleared away or another rotation moved on.
const maxLooks = 4

type rotation struct {
	*settings.Settings
	log step.Log
}

// Run does one rotation, or finishes an interrupted one.
func Run(ctx context.Context, s *settings.Settings, log step.Log) (Outcome, error) {
	r := rotation{Settings: s, log: log}
	for range maxLooks {
		now, err := r.look(ctx)
		if err != nil {
			return "", err
		}
		outcome, done, err := r.act(ctx, now)
		now.published.Destroy()
		if done || err != nil {
			return outcome, err
		}
	}
	return "", reason.Errorf(reason.NotReady, "rotating the token: other rotations kept getting in between, %d times", maxLooks)
}

// act does what the state asks for. done is false where the state has changed,
// so that it has to be looked at anew.
func (r rotation) act(ctx context.Context, now state) (outcome Outcome, done bool, err error) {
	if leftovers := now.leftovers(); len(leftovers) > 0 {
		err := r.clear(ctx, now, leftovers)
		if upstream.IsConflict(err) {
			err = nil
		}
		return "", false, err
	}
	if len(now.journal) > 0 {
		return Resumed, true, r.finish(ctx, now.published, now.journal)
	}
	fresh, made, err := r.publish(ctx, now)
	defer fresh.Destroy()
	if upstream.IsConflict(err) {
		return Superseded, true, nil
	}
	if err != nil {
		return "", true, err
	}
	return Rotated, true, r.finish(ctx, fresh, []entry{made})
}

// state is what a rotation starts from.
type state struct {
	published token.Token // zero where there is no usable one
	version   int         // of the KV secret
	accessor  string      // of the published token; empty where it does not work
	journal   []entry
}

// look reads the published token and the journal.
func (r rotation) look(ctx context.Context) (now state, err error) {
	nas := *r.NAS.Vault
	err = r.log.NASVault(ctx, "read NAS KV", step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		now.published, now.version, err = client.ReadToken(ctx, *nas.KV)
		if err != nil && reason.Of(err).Group() != reason.Value {
			return err
		}
		// In this order: an entry about a token that was published meanwhile is
		// then taken for unpublished, which the fence finds out.
		notes, err := client.CustomMetadata(ctx, *nas.KV)
		now.journal = parseJournal(notes)
		if err != nil || now.published.IsZero() {
			return err
		}
		client.UseToken(now.published)
		now.accessor, err = client.Accessor(ctx)
		if reason.Of(err) == reason.Revoked {
			r.log.Warn("the published token does not work any more")
			return nil
		}
		return err
	})
	return now, err
}

// publish makes a new token and puts it where the broker reads it. Each thing
// that an interruption could leave behind is in the journal before it exists.
func (r rotation) publish(ctx context.Context, now state) (token.Token, entry, error) {
	e := newEntry(now.accessor)
	if err := r.note(ctx, e); err != nil {
		return token.Token{}, e, err
	}
	fresh, err := r.create(ctx, now.published, &e)
	if err == nil {
		err = r.note(ctx, e)
	}
	if err == nil {
		err = r.prove(ctx, fresh)
	}
	if err == nil {
		err = r.write(ctx, fresh, now, e)
		// Whether a write without an answer took place is for the next run to
		// see. These answers say that it did not.
		if err != nil && !upstream.IsConflict(err) && reason.Of(err) != reason.Forbidden {
			return fresh, e, err
		}
	}
	if err != nil && e.to != "" {
		// What this cannot do, the next run does.
		_ = r.revoke(ctx, []string{e.to}, []entry{e})
	}
	return fresh, e, err
}

// finish does what remains once the new token is published.
func (r rotation) finish(ctx context.Context, published token.Token, journal []entry) error {
	if err := r.writeFile(ctx, published); err != nil {
		return err
	}
	if err := r.waitForSecret(ctx, published); err != nil {
		return err
	}
	var obsolete []string
	for _, e := range journal {
		obsolete = append(obsolete, e.from, e.to)
	}
	return r.retire(ctx, published, obsolete, journal)
}

// retire revokes the obsolete tokens, provided that the token which was waited
// for is still the published one.
func (r rotation) retire(ctx context.Context, published token.Token, obsolete []string, journal []entry) error {
	now, err := r.look(ctx)
	if err != nil {
		return err
	}
	defer now.published.Destroy()
	if !now.published.Equal(published) || now.accessor == "" {
		return reason.Errorf(reason.Mismatch, "revoking the old token: got another token published than the one that was waited for; run again")
	}
	obsolete = slices.DeleteFunc(obsolete, func(accessor string) bool { return accessor == "" || accessor == now.accessor })
	return r.revoke(ctx, obsolete, journal)
}
