package token_test

import (
	"bytes"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name, raw string
		want      reason.Reason
	}{
		{"plain", example, ""},
		{"older form", "s.EXAMPLE0example0EXAMPLE0", ""},
		{"trailing newline", example + "\n", ""},
		{"carriage return and newline", example + "\r\n", ""},
		{"white space around", " \t" + example + " \n\n", ""},
		{"empty", "", reason.Empty},
		{"only white space", " \r\n\t\n", reason.Empty},
		{"truncated", example[:10], reason.Malformed},
		{"byte order mark", "\xef\xbb\xbf" + example, reason.Malformed},
		{"NUL", example + "\x00", reason.Malformed},
		{"not ASCII", example + "é", reason.Malformed},
		{"space inside", example[:12] + " " + example[12:], reason.Malformed},
		{"batch", "hvb." + example[4:], ""},
		{"older batch", "b." + example[4:], ""},
		{"recovery", "hvr." + example[4:], ""},
		{"UUID of Vault before 1.0", "0f3b1c2d-1a2b-3c4d-5e6f-708192a3b4c5", ""},
		{"of a namespace of Vault", example + ".Ab3dE", ""},
		{"of a namespace of OpenBao", "s." + example[4:] + ".Ab3dE9", ""},
		{"two tokens without a newline", example + example, reason.Malformed},
		{"another prefix", "ghp." + example[4:], reason.Malformed},
		{"a word", "changeme", reason.Malformed},
		{"in quotes", `"` + example + `"`, reason.Malformed},
		{"two tokens", example + "\n" + example, reason.Ambiguous},
		{"a token and a comment", example + "\r\n# old", reason.Ambiguous},
		{"as long as may be", "hvs." + strings.Repeat("a", token.MaxBytes-4), ""},
		{"longer", "hvs." + strings.Repeat("a", token.MaxBytes-3), reason.Oversize},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := token.Parse([]byte(tc.raw))
			if reason.Of(err) != tc.want {
				t.Fatalf("got %v, want reason %q", err, tc.want)
			}
			if err == nil && got.Reveal() != strings.TrimSpace(tc.raw) {
				t.Error("got another value than was put in")
			}
			if err != nil && strings.Contains(err.Error(), "EXAMPLE0") {
				t.Errorf("got an error that quotes the input: %v", err)
			}
		})
	}
}

// TestDeliveredTokenWithANewline: a token with white space around it was called
// good where applications take the value as it is, and clients refuse it.
func TestDeliveredTokenWithANewline(t *testing.T) {
	for raw, want := range map[string]reason.Reason{
		example:               "",
		example + "\n":        reason.Padded,
		" " + example:         reason.Padded,
		example + "\r\n":      reason.Padded,
		"\n":                  reason.Empty,
		"not a token":         reason.Malformed,
		example + "\nanother": reason.Ambiguous,
	} {
		got, err := token.ParseDelivered([]byte(raw))
		if reason.Of(err) != want {
			t.Errorf("%q: got %v, want reason %q", raw, err, want)
		}
		if clean := strings.TrimSpace(raw); want == reason.Padded && got.Reveal() != clean {
			t.Errorf("%q: got no clean token beside the error", raw)
		}
	}
}

// TestOwnTokenOfAnyForm: an administrator may choose a token's id.
func TestOwnTokenOfAnyForm(t *testing.T) {
	for raw, want := range map[string]reason.Reason{
		"root":                   "",
		example + "\n":           "",
		"my/own=token!":          "",
		"two words":              reason.Malformed,
		"\xef\xbb\xbf" + example: reason.Malformed,
		example + "\x00":         reason.Malformed,
		"":                       reason.Empty,
		"one\ntwo":               reason.Ambiguous,
	} {
		if _, err := token.ParseOwn([]byte(raw)); reason.Of(err) != want {
			t.Errorf("%q: got %v, want reason %q", raw, err, want)
		}
	}
}

// TestAccessorForm: what a server sends in an accessor's place may be the token.
func TestAccessorForm(t *testing.T) {
	for s, want := range map[string]bool{
		"0123456789abcdefghijABCD":             true,
		"0123456789abcdefghijABCD.Ab3dE":       true,
		"0f3b1c2d-1a2b-3c4d-5e6f-708192a3b4c5": true,
		"":                                     false,
		"acc":                                  false,
		example:                                false,
		"s." + example[4:]:                     false,
		"0123456789abcdefghijABCD\n":           false,
	} {
		if got := token.IsAccessor(s); got != want {
			t.Errorf("%q: got %t, want %t", s, got, want)
		}
	}
}

func TestParseClearsItsInput(t *testing.T) {
	raw := []byte(example)
	parsed, err := token.Parse(raw)
	if err != nil || !bytes.Equal(raw, make([]byte, len(raw))) {
		t.Errorf("got input %q and error %v, want zeroes", raw, err)
	}
	parsed.Destroy()
	if !parsed.IsZero() || parsed.Reveal() != "" {
		t.Error("got a token after Destroy")
	}
}

// TestParseOpaque takes what is no token as it is; what differs in its NULs alone
// differs.
func TestParseOpaque(t *testing.T) {
	for raw, want := range map[string]reason.Reason{
		" two\nlines \x00": "", "\xff\xfe": "", " ": "", "": reason.Empty, strings.Repeat("x", token.MaxBytes): "", strings.Repeat("x", token.MaxBytes+1): reason.Oversize,
	} {
		given := []byte(raw)
		got, err := token.ParseOpaque(given)
		if reason.Of(err) != want || err == nil && got.Reveal() != raw {
			t.Errorf("%d bytes: got %v, want reason %q and the same bytes", len(raw), err, want)
		}
		if !bytes.Equal(given, make([]byte, len(given))) {
			t.Errorf("%d bytes: got the input as it was, want zeroes", len(raw))
		}
	}
	prints := token.NewFingerprinter()
	short, _ := token.ParseOpaque([]byte("a"))
	long, _ := token.ParseOpaque([]byte("a\x00"))
	if prints.Of(short).Equal(prints.Of(long)) {
		t.Error("got one fingerprint of two values")
	}
}
