package homelab

import (
	"maps"
	"net/http"
)

// VaultAPI is one of the Vaults without its listener, for whoever puts something
// in front of it. The faults that take an address away are not seen there.
func (h *Homelab) VaultAPI(vault string) (http.Handler, error) {
	node, _, err := h.node(vault)
	return node, err
}

// Remember returns what puts a Vault's secrets and tokens back to what they are
// now, as a restored snapshot does.
func (h *Homelab) Remember(vault string) (restore func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	node, _, err := h.node(vault)
	if err != nil {
		return nil, err
	}
	kept := node.kv.clone()
	tokens := node.tokens.clone()
	notes := cloneNotes(node.notes)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		node.kv, node.tokens, node.notes = kept.clone(), tokens.clone(), cloneNotes(notes)
	}, nil
}

func (s kvStore) clone() kvStore {
	copied := kvStore{}
	for path, versions := range s {
		for _, version := range versions {
			same := *version
			copied[path] = append(copied[path], &same)
		}
	}
	return copied
}

func (s *tokenStore) clone() *tokenStore {
	copied := newTokenStore(s.mark)
	copied.ended = s.ended
	for id, entry := range s.byID {
		same := *entry
		copied.byID[id] = &same
	}
	return copied
}

func cloneNotes(notes map[string]map[string]string) map[string]map[string]string {
	copied := maps.Clone(notes)
	for path, note := range copied {
		copied[path] = maps.Clone(note)
	}
	return copied
}
