package token

import (
	"bytes"
	"regexp"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// MaxBytes is the size cap of everything that is read as a token, in bytes.
// Vault's longest service tokens are a few hundred bytes long.
const MaxBytes = 4096

// issued is what Vault and OpenBao give out as tokens: service, batch and
// recovery tokens since Vault 1.10, the same before and at OpenBao, and the
// UUIDs of Vault before 1.0. Outside of the root namespace the namespace's id
// follows, of five characters at Vault and six at OpenBao. An id that an
// administrator chose is not among them: as cargo, any word would then be a token.
var issued = regexp.MustCompile(`^(?:(?:hvs|hvb|hvr|s|b|r)\.[A-Za-z0-9_-]{20,}|` + uuid + `)(?:\.[A-Za-z0-9]{5,6})?$`)

const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`

// whole is what an HTTP header carries unchanged: an administrator may give a
// token any id.
var whole = regexp.MustCompile(`^[!-~]+$`)

// Parse reads a token of the flow from the bytes of a file or a KV field.
//
// White space around it, a trailing CR included, is ignored, because editors
// and TTYs add it. Everything else must be exactly one token of the form that
// Vault issues: a byte order mark or a NUL means that a program treated the
// file as something else, and two lines mean that a person has to choose.
// Errors are Oversize, Empty, Ambiguous or Malformed and never quote the input.
// Parse clears raw.
func Parse(raw []byte) (Token, error) { return parse(raw, issued) }

// ParseDelivered is Parse for the place where applications take the value as it
// is. White space around the token is Padded there; the token is valid beside
// that error, without the white space.
func ParseDelivered(raw []byte) (Token, error) {
	size := len(raw)
	t, err := parse(raw, issued)
	if err == nil && len(t.value()) != size {
		return t, reason.Errorf(reason.Padded, "parsing a token: got %d bytes of white space around it", size-len(t.value()))
	}
	return t, err
}

// ParseOwn is Parse for the program's own credential, of which nothing is
// asked but that it can be sent.
func ParseOwn(raw []byte) (Token, error) { return parse(raw, whole) }

// ParseOpaque reads a value that is no Vault token, byte by byte: nothing is asked
// of it but a size. Errors are Oversize or Empty. It clears raw.
func ParseOpaque(raw []byte) (Token, error) {
	defer clear(raw)
	switch {
	case len(raw) > MaxBytes:
		return Token{}, reason.Errorf(reason.Oversize, "reading a value: got more than %d bytes", MaxBytes)
	case len(raw) == 0:
		return Token{}, reason.Errorf(reason.Empty, "reading a value: got no bytes")
	}
	return newToken(bytes.Clone(raw)), nil
}

func parse(raw []byte, form *regexp.Regexp) (Token, error) {
	defer clear(raw)
	if len(raw) > MaxBytes {
		return Token{}, reason.Errorf(reason.Oversize, "parsing a token: got more than %d bytes", MaxBytes)
	}
	trimmed := bytes.Trim(raw, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return Token{}, reason.Errorf(reason.Empty, "parsing a token: got no bytes besides white space")
	case bytes.ContainsAny(trimmed, "\r\n"):
		return Token{}, reason.Errorf(reason.Ambiguous, "parsing a token: got %d lines, want 1", bytes.Count(trimmed, []byte("\n"))+1)
	case !form.Match(trimmed):
		return Token{}, reason.Errorf(reason.Malformed, "parsing a token: got %d bytes that do not have a token's form", len(trimmed))
	}
	return newToken(bytes.Clone(trimmed)), nil
}

// accessor is how Vault and OpenBao name a token without being able to act for it.
var accessor = regexp.MustCompile(`^(?:[A-Za-z0-9]{24}|` + uuid + `)(?:\.[A-Za-z0-9]{5,6})?$`)

// IsAccessor reports whether s has the form of an accessor. What a server sends
// in an accessor's place is not to be logged, stored or acted on before that:
// it may be the token itself.
func IsAccessor(s string) bool { return accessor.MatchString(s) }
