package rotate

import (
	"context"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/journal"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// findLimit bounds the look at every token of the NAS Vault.
const findLimit = 5 * time.Minute

// state is what a run starts from.
type state struct {
	published token.Token // zero where there is no usable one
	version   int         // of the KV secret
	accessor  string      // of the published token; empty where it does not work
	journal   []journal.Entry
	// others are all further living tokens that a rotation may have made or
	// replaced, by accessor.
	others map[string]mark
	mine   mark // of the published token
}

// begun returns whether the published token is that of a rotation that has not
// ended.
func (s state) begun() bool {
	return s.accessor != "" && slices.ContainsFunc(s.journal, func(e journal.Entry) bool { return e.New == s.accessor })
}

// look reads the published token, the journal, and the tokens that it is about.
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
		if err != nil {
			return err
		}
		var strange []string
		now.journal, strange = journal.Parse(notes)
		if len(strange) > 0 {
			r.log.Warn("the KV secret's metadata has keys like a rotation's that are none; they are left alone", "keys", len(strange))
		}
		return nil
	})
	if err == nil && !now.published.IsZero() {
		now.accessor, err = r.identify(ctx, now.published)
	}
	if err == nil {
		err = r.log.NASVault(ctx, "find tokens", findLimit, nas, func(ctx context.Context, client upstream.Vault) error {
			return r.findTokens(ctx, client, &now)
		})
	}
	if err != nil {
		now.published.Destroy()
	}
	return now, err
}

// identify returns the accessor of a token; none where the NAS Vault says that
// the token does not work, and an error where that is not proven.
func (r rotation) identify(ctx context.Context, t token.Token) (accessor string, err error) {
	err = r.log.Do(ctx, "look up token", step.VaultLimit, func(ctx context.Context, trace *upstream.Trace) error {
		client, err := upstream.OpenNASVault(*r.NAS.Vault, trace)
		if err != nil {
			return err
		}
		defer client.Close()
		client.UseToken(t)
		accessor, err = client.Accessor(ctx)
		if why := reason.Of(err); why == reason.Revoked || why == reason.Expired {
			r.log.Warn("a token does not work any more", "reason", why)
			return nil
		}
		return err
	})
	return accessor, err
}

// findTokens fills in the living tokens. The journal, which others may write,
// only says where to look; root may look everywhere.
func (r rotation) findTokens(ctx context.Context, client upstream.Vault, now *state) error {
	now.others = map[string]mark{}
	look := func(accessor string) (m mark, err error) {
		if accessor == "" {
			return m, nil
		}
		meta, alive, err := client.LookupAccessor(ctx, accessor)
		if err == nil && alive {
			m = r.readMark(meta)
			now.others[accessor] = m
		}
		return m, err
	}
	for _, e := range now.journal {
		for _, accessor := range []string{e.Old, e.New} {
			if _, err := look(accessor); err != nil {
				return err
			}
		}
	}
	var err error
	if now.mine, err = look(now.accessor); err != nil {
		return err
	}
	if _, err := look(now.mine.replaces); err != nil {
		return err
	}
	defer delete(now.others, now.accessor)
	if r.Rotate.TokenRole != "" {
		return nil // a token that was never noted ends with its period
	}
	if now.accessor != "" {
		client.ActAs(ctx, now.published)
	}
	own, err := client.LookupSelf(ctx)
	if err != nil || !own.Root {
		return err
	}
	found, err := client.FindTokens(ctx, MetaOwner, r.owner())
	for accessor, meta := range found {
		now.others[accessor] = r.readMark(meta)
	}
	return err
}
