package homelab

import (
	"encoding/base64"
	"time"
)

// maxTTL is Vault's default for the longest life of a token that has one.
const maxTTL = 768 * time.Hour

// tokenStore holds the tokens that one Vault issued and has not revoked.
type tokenStore struct {
	byID map[string]*tokenEntry
	mark string // is in every token
	// ended is the accessor of the token that was revoked last. Vault's list of
	// accessors may have it for a while.
	ended string
}

type tokenEntry struct {
	id, accessor, parent string
	display, path        string
	policies             []string
	metadata             map[string]string
	entityID             string
	created              time.Time
	ttl                  time.Duration // 0 is for ever
	uses                 int           // 0 is any number, lastUse none after this one
	elsewhere            bool
}

// rootPath is where the token comes from that initialising a Vault prints.
const rootPath = "auth/token/root"

// lastUse is the number of uses that Vault reports to a token's last one.
const lastUse = -1

// tokenRequest is what a new token shall be; ttl 0 is for ever.
type tokenRequest struct {
	parent, display, path string
	policies              []string
	metadata              map[string]string
	entityID              string
	ttl                   time.Duration
	Restriction
}

func newTokenStore(mark string) *tokenStore {
	return &tokenStore{byID: map[string]*tokenEntry{}, mark: mark}
}

// issueRoot makes a token like the one that initialising a Vault prints: root
// policy, no parent, no end.
func (s *tokenStore) issueRoot() *tokenEntry {
	return s.issue(tokenRequest{policies: []string{"root"}, display: "root", path: rootPath})
}

func (s *tokenStore) issue(request tokenRequest) *tokenEntry {
	s.forgetExpired()
	entry := &tokenEntry{
		id:       "hvs." + s.mark + randomBase62(24-len(s.mark)),
		accessor: randomBase62(24),
		parent:   request.parent,
		display:  request.display,
		path:     request.path,
		policies: request.policies,
		metadata: request.metadata,
		entityID: request.entityID,
		created:  time.Now(),
		ttl:      request.ttl,
		uses:     request.Uses, elsewhere: request.Elsewhere,
	}
	if !entry.root() {
		// All but root tokens carry a signed state, hence the longer form.
		entry.id = "hvs.CAESI" + s.mark + base64.RawURLEncoding.EncodeToString(randomBytes(64))
	}
	if !entry.root() && !request.NoDefault {
		entry.policies = append([]string{"default"}, request.policies...)
	}
	s.byID[entry.id] = entry
	return entry
}

func (e *tokenEntry) root() bool { return len(e.policies) == 1 && e.policies[0] == "root" }

func (e *tokenEntry) expired() bool { return e.ttl > 0 && time.Since(e.created) >= e.ttl }

// lookup returns the token, or nil where it was never issued, is revoked or
// has expired; Vault does not tell these apart.
func (s *tokenStore) lookup(id string) *tokenEntry {
	entry := s.byID[id]
	if entry == nil || entry.expired() {
		return nil
	}
	return entry
}

// use counts a use of the token. The last one is answered as every other, and
// the token is gone after it.
func (s *tokenStore) use(entry *tokenEntry) {
	if entry.uses == 0 {
		return
	}
	entry.uses--
	if entry.uses == 0 {
		entry.uses = lastUse
		s.revoke(entry.id)
	}
}

func (s *tokenStore) byAccessor(accessor string) *tokenEntry {
	for _, entry := range s.byID {
		if entry.accessor == accessor && !entry.expired() {
			return entry
		}
	}
	return nil
}

// revoke forgets the token and its children, as Vault does.
func (s *tokenStore) revoke(id string) {
	if entry := s.byID[id]; entry != nil {
		s.ended = entry.accessor
	}
	delete(s.byID, id)
	for child, entry := range s.byID {
		if entry.parent == id && id != "" {
			s.revoke(child)
		}
	}
}

func (s *tokenStore) forgetExpired() {
	for id, entry := range s.byID {
		if entry.expired() {
			s.revoke(id)
		}
	}
}
