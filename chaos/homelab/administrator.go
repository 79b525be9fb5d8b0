package homelab

import (
	"fmt"
	"maps"
	"time"
)

// SecretVersion is one version of a Vault's KV secret.
type SecretVersion struct {
	Data               map[string]any
	Deleted, Destroyed bool
}

// The Vaults of a homelab, for what an administrator does at them.
const (
	NAS  = "nas"
	Main = "main"
)

// SetSecret replaces all versions of the Vault's secret, as an administrator
// would; none removes it. The next sync of the copiers repairs it.
func (h *Homelab) SetSecret(vault string, versions ...SecretVersion) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	node, path, err := h.node(vault)
	if err != nil {
		return err
	}
	delete(node.kv, path)
	for _, version := range versions {
		made := node.kv.put(path, version.Data)
		made.destroyed = version.Destroyed
		made.deletedNow(version.Deleted)
	}
	return nil
}

// Annotate replaces the custom metadata of the Vault's secret; none removes it.
func (h *Homelab) Annotate(vault string, notes map[string]string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	node, path, err := h.node(vault)
	if err != nil {
		return err
	}
	node.notes[path] = maps.Clone(notes)
	return nil
}

// WriteFile replaces what is in the token file, but for the newline at its end.
// The next sync of the copiers repairs it.
func (h *Homelab) WriteFile(content string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.docker.file = content
}

// Restriction is what keeps a token from being used, besides its policies.
type Restriction struct {
	// Uses is how often it may be used; 0 is for any number.
	Uses int
	// NoDefault leaves out the policy that lets every token look itself up.
	NoDefault bool
	// Elsewhere binds it to other addresses than those that there are. Vault
	// says of it what it says of a token whose entity is disabled.
	Elsewhere bool
}

// IssueToken makes a token of the Vault with the policies; a ttl of 0 with the
// policy root is one without end.
func (h *Homelab) IssueToken(vault string, ttl time.Duration, policies ...string) (string, error) {
	return h.IssueRestricted(vault, Restriction{}, ttl, policies...)
}

// IssueRestricted makes a token that is restricted.
func (h *Homelab) IssueRestricted(vault string, limits Restriction, ttl time.Duration, policies ...string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	node, _, err := h.node(vault)
	if err != nil {
		return "", err
	}
	return node.tokens.issue(tokenRequest{policies: policies, display: "token", path: "auth/token/create", ttl: ttl, Restriction: limits}).id, nil
}

func (h *Homelab) node(vault string) (node *vaultNode, path string, err error) {
	switch vault {
	case NAS:
		return h.nas, nasPath, nil
	case Main:
		return h.main, mainPath, nil
	}
	return nil, "", fmt.Errorf("finding the Vault %q: want %s or %s", vault, NAS, Main)
}

// Secret returns the fields and the number of the newest version of a Vault's
// secret, as they are in its storage, sealed or not; no fields where it is
// deleted or destroyed, and version 0 where there is none.
func (h *Homelab) Secret(vault string) (fields map[string]any, version int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	node, path, err := h.node(vault)
	if err != nil {
		return nil, 0
	}
	newest := node.kv.newest(path)
	switch {
	case newest == nil:
		return nil, 0
	case !newest.readable():
		return nil, newest.number
	}
	return maps.Clone(newest.data), newest.number
}
