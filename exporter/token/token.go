// Package token holds the cargo of the flow: a Vault token that no formatter,
// marshaller or logger can print.
package token

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every formatter and marshaller prints instead of a token.
const redacted = "[redacted]"

// Token is a well-formed Vault token, or the opaque value of a flow that carries
// something else, or the zero Token, which holds none.
//
// The value sits behind a function because fmt reads the unexported fields of
// an enclosing struct by reflection, without asking their methods, and follows
// pointers there; of a function it can print nothing but the address.
type Token struct {
	cell func() *cell
}

type cell struct{ value []byte }

func newToken(value []byte) Token {
	c := &cell{value: value}
	return Token{cell: func() *cell { return c }}
}

func (t Token) value() []byte {
	if t.cell == nil {
		return nil
	}
	return t.cell().value
}

// IsZero reports whether t holds no token.
func (t Token) IsZero() bool { return len(t.value()) == 0 }

// Reveal returns the token in clear. It is the only way out; a test lists the
// few places that may call it.
func (t Token) Reveal() string { return string(t.value()) }

// Equal reports, in constant time, whether both hold the same token.
func (t Token) Equal(u Token) bool {
	return !t.IsZero() && !u.IsZero() && subtle.ConstantTimeCompare(t.value(), u.value()) == 1
}

// Clone returns the same token in memory of its own, to be destroyed by itself.
func (t Token) Clone() Token {
	if t.IsZero() {
		return Token{}
	}
	return newToken(bytes.Clone(t.value()))
}

// Destroy overwrites the token in memory. Every copy of t becomes zero.
func (t Token) Destroy() {
	if t.cell == nil {
		return
	}
	clear(t.value())
	t.cell().value = nil
}

// Format implements fmt.Formatter for every verb.
func (Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String implements fmt.Stringer.
func (Token) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (Token) GoString() string { return redacted }

// LogValue implements slog.LogValuer.
func (Token) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, and with it JSON map keys and XML.
func (Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON implements json.Marshaler.
func (Token) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalYAML implements yaml.Marshaler.
func (Token) MarshalYAML() (any, error) { return redacted, nil }

// MarshalBinary implements encoding.BinaryMarshaler, and with it gob.
func (Token) MarshalBinary() ([]byte, error) { return []byte(redacted), nil }
