package token

import (
	"bytes"
	"regexp"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// MaxBytes is the size cap of everything that is read as a token, in bytes.
// Vault's longest service tokens are a few hundred bytes long.
const MaxBytes = 4096

// form is a service token: hvs. since Vault 1.10, s. before.
var form = regexp.MustCompile(`^(hvs|s)\.[A-Za-z0-9_-]{20,}$`)

// Parse reads a token from the bytes of a file, a KV field or a Secret key.
//
// White space around it, a trailing CR included, is ignored, because editors
// and TTYs add it. Everything else must be exactly one token: a byte order
// mark or a NUL means that a program treated the file as something else, and
// two lines mean that a person has to choose. Errors are Oversize, Empty,
// Ambiguous or Malformed and never quote the input. Parse clears raw.
func Parse(raw []byte) (Token, error) {
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
