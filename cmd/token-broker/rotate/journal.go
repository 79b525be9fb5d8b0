package rotate

import (
	"context"
	"maps"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/journal"
)

// note writes entries into the journal.
func (r rotation) note(ctx context.Context, entries ...journal.Entry) error {
	return r.setJournal(ctx, "note rotation", entries, journal.Entry.Value)
}

// close removes entries from the journal.
func (r rotation) close(ctx context.Context, entries []journal.Entry) error {
	return r.setJournal(ctx, "close rotation", entries, func(journal.Entry) string { return "" })
}

func (r rotation) setJournal(ctx context.Context, name string, entries []journal.Entry, value func(journal.Entry) string) error {
	if len(entries) == 0 {
		return nil
	}
	nas := *r.NAS.Vault
	return r.log.NASVault(ctx, name, step.VaultLimit, nas, func(ctx context.Context, client upstream.Vault) error {
		for _, e := range entries {
			if err := client.SetCustomMetadata(ctx, *nas.KV, e.Key(), value(e)); err != nil {
				return err
			}
		}
		return nil
	})
}

// missing returns entries about living tokens of ours of which no entry speaks,
// since whoever made them was killed, or the metadata are gone.
func (s state) missing(now time.Time) (entries []journal.Entry) {
	noted := map[string]bool{}
	for _, e := range s.journal {
		noted[e.Old], noted[e.New] = true, true
	}
	for _, accessor := range slices.Sorted(maps.Keys(s.others)) {
		if m := s.others[accessor]; m.id != "" && !noted[accessor] {
			entries = append(entries, journal.Entry{ID: m.id, Began: now.UTC().Truncate(time.Second), Old: m.replaces, New: accessor})
		}
	}
	if s.mine.replaces != "" && !noted[s.accessor] && !noted[s.mine.replaces] {
		if _, alive := s.others[s.mine.replaces]; alive {
			entries = append(entries, journal.Entry{ID: s.mine.id, Began: now.UTC().Truncate(time.Second), Old: s.mine.replaces, New: s.accessor})
		}
	}
	return entries
}
