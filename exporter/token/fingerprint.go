package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
)

// Fingerprinter tells equal tokens from different ones without keeping them.
// Its key is random and lives as long as the process, so a fingerprint that
// leaked would be worth nothing outside it.
type Fingerprinter struct{ key []byte }

// NewFingerprinter makes a Fingerprinter with a fresh random key.
func NewFingerprinter() *Fingerprinter {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails, by its documentation
	return &Fingerprinter{key: key}
}

// Fingerprint identifies a token's value within this process. The zero
// Fingerprint identifies no token. It is a function for the same reason as Token.
type Fingerprint struct{ sum func() []byte }

// Of returns the fingerprint of t, or the zero Fingerprint where t holds none.
func (f *Fingerprinter) Of(t Token) Fingerprint {
	if t.IsZero() {
		return Fingerprint{}
	}
	// In whole blocks, filled up with NULs: a hash keeps a copy of what does not
	// fill one, and nobody can overwrite it. The first tells how long the value is,
	// which may itself end in NULs where it is opaque.
	size := len(t.value())
	blocks := make([]byte, sha256.BlockSize+(size+sha256.BlockSize-1)/sha256.BlockSize*sha256.BlockSize)
	defer clear(blocks)
	binary.BigEndian.PutUint64(blocks, uint64(size)) // #nosec G115 -- a length
	copy(blocks[sha256.BlockSize:], t.value())
	mac := hmac.New(sha256.New, f.key)
	mac.Write(blocks)
	sum := mac.Sum(nil)
	return Fingerprint{sum: func() []byte { return sum }}
}

// IsZero reports whether f identifies no token.
func (f Fingerprint) IsZero() bool { return f.sum == nil }

// Equal reports, in constant time, whether both identify the same token.
func (f Fingerprint) Equal(g Fingerprint) bool {
	return f.sum != nil && g.sum != nil && hmac.Equal(f.sum(), g.sum())
}

// String keeps fingerprints out of logs; they are nobody's business but Equal's.
func (Fingerprint) String() string { return redacted }
