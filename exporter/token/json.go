package token

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is a JSON string that is decoded into bytes which can be cleared, and
// not into a Go string, which cannot. Anything but a JSON string is no Text:
// ok is false then.
type Text struct {
	value []byte
	ok    bool
}

// UnmarshalJSON implements json.Unmarshaler. It never fails, so that one field
// of another kind does not hide the others.
func (t *Text) UnmarshalJSON(raw []byte) error {
	t.Destroy()
	if len(raw) < 2 || raw[0] != '"' {
		return nil
	}
	t.value, t.ok = unquote(raw[1:len(raw)-1]), true
	return nil
}

// IsString reports whether there was a JSON string.
func (t *Text) IsString() bool { return t.ok }

// Token parses the text with one of this package's parsers, which clears it.
func (t *Text) Token(parse func([]byte) (Token, error)) (Token, error) {
	defer t.Destroy()
	return parse(t.value)
}

// Destroy overwrites the text in memory.
func (t *Text) Destroy() {
	clear(t.value)
	*t = Text{}
}

// unquote resolves the escapes of a valid JSON string's inside.
func unquote(inside []byte) []byte {
	out := make([]byte, 0, len(inside))
	for len(inside) > 0 {
		c := inside[0]
		inside = inside[1:]
		if c != '\\' {
			out = append(out, c)
			continue
		}
		c = inside[0]
		inside = inside[1:]
		if i := bytes.IndexByte([]byte(`"\/bfnrt`), c); i >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[i])
			continue
		}
		r := escaped(inside) // \u, the only one left in valid JSON
		inside = inside[4:]
		if second := len(`\u0000`); utf16.IsSurrogate(r) && len(inside) >= second && inside[0] == '\\' && inside[1] == 'u' {
			if pair := utf16.DecodeRune(r, escaped(inside[2:])); pair != utf8.RuneError {
				r, inside = pair, inside[second:]
			}
		}
		out = utf8.AppendRune(out, r) // half of a pair becomes U+FFFD, as in encoding/json
	}
	return out
}

// escaped reads the four hexadecimal digits behind \u.
func escaped(digits []byte) rune {
	code, _ := strconv.ParseUint(string(digits[:4]), 16, 16)
	return rune(code) // #nosec G115 -- 16 bits
}
