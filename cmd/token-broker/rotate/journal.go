package rotate

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// The journal of a rotation is one key of the KV secret's custom metadata,
//
//	rotation-ID: ACCESSOR OF THE OLD TOKEN > ACCESSOR OF THE NEW TOKEN
//
// written before the new token is made, completed before it is published, and
// removed after the old one is revoked. It holds no token. From it and from the
// published token's accessor a later run tells how far this one came:
//
//	no entry                   nothing to do
//	new one published          finish: file, wait, revoke the old one
//	old one published          the new one is a leftover: revoke it
//	new one's accessor absent  it may exist: find it by its metadata, rotation=ID
const (
	journalKey = "rotation-"
	separator  = ">"
	// tokenMeta is the key in a token's metadata that holds the rotation's ID.
	tokenMeta = "rotation"
)

// entry is one rotation in the journal; from and to are accessors.
type entry struct{ id, from, to string }

func newEntry(from string) entry {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails, by its documentation
	return entry{id: hex.EncodeToString(id[:]), from: from}
}

func parseJournal(notes map[string]string) []entry {
	var journal []entry
	for key, value := range notes {
		id, ok := strings.CutPrefix(key, journalKey)
		if !ok {
			continue
		}
		from, to, _ := strings.Cut(value, separator)
		journal = append(journal, entry{id: id, from: from, to: to})
	}
	return journal
}

// leftovers are the entries whose new token was not published. Where a third
// token is published, both tokens of an entry have been replaced; they are not
// leftovers but wait to be revoked, since applications may hold them.
func (s state) leftovers() []entry {
	var left []entry
	for _, e := range s.journal {
		published := e.to != "" && e.to == s.accessor
		replaced := e.to != "" && s.accessor != "" && e.from != s.accessor
		if !published && !replaced {
			left = append(left, e)
		}
	}
	return left
}

// note writes e into the journal.
func (r rotation) note(ctx context.Context, e entry) error {
	nas := *r.NAS.Vault
	return r.log.NASVault(ctx, "note rotation", step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		return client.SetCustomMetadata(ctx, *nas.KV, journalKey+e.id, e.from+separator+e.to)
	})
}

// clear revokes the tokens that interrupted rotations left behind. The run that
// made them may still be alive, so it is first kept from publishing them.
func (r rotation) clear(ctx context.Context, now state, leftovers []entry) error {
	nas := *r.NAS.Vault
	var obsolete []string
	err := r.log.NASVault(ctx, "find leftover tokens", step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		if now.version > 0 {
			err := client.Fence(ctx, *nas.KV, now.version)
			if err != nil && reason.Of(err) != reason.NotFound { // a deleted secret has nothing to keep
				return err
			}
		}
		for _, e := range leftovers {
			found := []string{e.to}
			if e.to == "" {
				var err error
				if found, err = r.findByID(ctx, client, now, e.id); err != nil {
					return err
				}
			}
			obsolete = append(obsolete, found...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.revoke(ctx, obsolete, leftovers)
}

// findByID finds the tokens of a rotation that was cut off before it could note
// their accessors. A token made under a role ends by itself if nobody renews
// it, so the right to list all accessors is not needed for those.
func (r rotation) findByID(ctx context.Context, client upstream.Vault, now state, id string) ([]string, error) {
	if r.Rotate.TokenRole != "" {
		r.log.Info("a token that was made and never noted, if any, ends with its period", "rotation", id)
		return nil, nil
	}
	if err := actAsRoot(ctx, client, now.published); err != nil {
		return nil, err
	}
	return client.FindTokens(ctx, tokenMeta, id)
}

// revoke revokes tokens and then removes the entries that spoke of them.
func (r rotation) revoke(ctx context.Context, accessors []string, entries []entry) error {
	nas := *r.NAS.Vault
	return r.log.NASVault(ctx, "revoke tokens", step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		for _, accessor := range accessors {
			if err := client.RevokeAccessor(ctx, accessor); err != nil {
				return err
			}
			r.log.Info("token revoked", "accessor", accessor)
		}
		for _, e := range entries {
			if err := client.SetCustomMetadata(ctx, *nas.KV, journalKey+e.id, ""); err != nil {
				return err
			}
		}
		return nil
	})
}
