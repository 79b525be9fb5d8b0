package rotate

import (
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/journal"
	"homelab.io/vault-health-exporter/exporter/token"
)

// The metadata of each token that a rotation makes. Nobody can change them, so
// unlike the journal they prove what they say.
const (
	// MetaOwner says whose the token is; see Owner.
	MetaOwner    = "owner"
	metaID       = "rotation"
	metaReplaces = "replaces"
	// nothing is what a token replaces that replaces none.
	nothing = "none"
)

// mark is what a token's metadata say of its rotation; the zero mark is that of
// a token that no rotation of this KV secret made.
type mark struct {
	id string
	// replaces is the accessor of the token that was published before.
	replaces string
}

// Owner is the mark that is compared: whose tokens they are that are published in
// the KV secret.
func Owner(kv config.KV) string { return "token-broker rotate " + kv.Mount + "/" + kv.Path }

func (r rotation) owner() string { return Owner(*r.NAS.Vault.KV) }

func (r rotation) newMeta(e journal.Entry) map[string]string {
	replaces := e.Old
	if replaces == "" {
		replaces = nothing
	}
	return map[string]string{MetaOwner: r.owner(), metaID: e.ID, metaReplaces: replaces}
}

// readMark returns the zero mark unless everything fits.
func (r rotation) readMark(meta map[string]string) mark {
	m := mark{id: meta[metaID], replaces: meta[metaReplaces]}
	if m.replaces == nothing {
		m.replaces = ""
	} else if !token.IsAccessor(m.replaces) {
		return mark{}
	}
	if meta[MetaOwner] != r.owner() || !journal.IsID(m.id) {
		return mark{}
	}
	return m
}
