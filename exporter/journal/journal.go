// Package journal is the form in which a rotation of the NAS Vault's token is
// noted in the custom metadata of the KV secret that it publishes in:
//
//	rotation-v1-ID: TIME OLD NEW
//
// ID are 32 digits of hexadecimal, TIME is when it began, and OLD and NEW are
// the accessors of the token that is replaced and of its successor, or "-". It
// holds no token and proves nothing: whoever may write metadata may write it.
package journal

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/exporter/token"
)

const (
	prefix  = "rotation-"
	version = "v1-"
	none    = "-"
)

// Entry is one rotation that was begun and has not ended.
type Entry struct {
	ID    string
	Began time.Time
	// Old and New are accessors, empty where there is none.
	Old, New string
}

// New begins an entry about the token with the accessor old.
func New(old string, now time.Time) Entry {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails, by its documentation
	return Entry{ID: hex.EncodeToString(id[:]), Began: now.UTC().Truncate(time.Second), Old: old}
}

var identifier = regexp.MustCompile(`^[0-9a-f]{32}$`)

// IsKey reports whether a key of the metadata looks like an entry's.
func IsKey(key string) bool { return strings.HasPrefix(key, prefix) }

// IsID reports whether s has the form of an entry's identifier.
func IsID(s string) bool { return identifier.MatchString(s) }

// Key returns the entry's key in the metadata.
func (e Entry) Key() string { return prefix + version + e.ID }

// Value returns what is noted there.
func (e Entry) Value() string {
	return strings.Join([]string{e.Began.Format(time.RFC3339), orNone(e.Old), orNone(e.New)}, " ")
}

func orNone(accessor string) string {
	if accessor == "" {
		return none
	}
	return accessor
}

// Parse returns the entries in a secret's custom metadata, the oldest first, and
// the keys that look like an entry's and are not one in every detail. Nothing
// may be done about those but report them.
func Parse(notes map[string]string) (entries []Entry, strange []string) {
	for key, value := range notes {
		if !IsKey(key) {
			continue
		}
		if e, ok := parse(key, value); ok {
			entries = append(entries, e)
		} else {
			strange = append(strange, key)
		}
	}
	slices.Sort(strange)
	slices.SortFunc(entries, func(a, b Entry) int {
		if c := a.Began.Compare(b.Began); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return entries, strange
}

func parse(key, value string) (Entry, bool) {
	id, ok := strings.CutPrefix(key, prefix+version)
	part := strings.Split(value, " ")
	if !ok || !IsID(id) || len(part) != 3 {
		return Entry{}, false
	}
	began, err := time.Parse(time.RFC3339, part[0])
	if err != nil || began.Unix() < 0 || began.UTC().Format(time.RFC3339) != part[0] {
		return Entry{}, false
	}
	e := Entry{ID: id, Began: began.UTC()}
	for i, into := range []*string{&e.Old, &e.New} {
		switch accessor := part[i+1]; {
		case accessor == none:
		case token.IsAccessor(accessor):
			*into = accessor
		default:
			return Entry{}, false
		}
	}
	return e, e.Old == "" || e.Old != e.New
}
