package token_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// example is the documented example token; nothing accepts it.
const example = "hvs.EXAMPLE0example0EXAMPLE0"

func parse(t *testing.T, s string) token.Token {
	t.Helper()
	parsed, err := token.Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

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

func TestTextOfAReply(t *testing.T) {
	for raw, want := range map[string]string{
		`"` + example + `"`:         example,
		`"` + example + `\r\n"`:     example + "\r\n",
		`"a\"\\\/\b\f\n\r\t\u0041"`: "a\"\\/\b\f\n\r\tA",
		`"\u00e9\ud83d\ude00"`:      "é😀",
		`""`:                        "",
	} {
		var text token.Text
		if err := json.Unmarshal([]byte(raw), &text); err != nil || !text.IsString() {
			t.Errorf("%s: got %v, or no text", raw, err)
		}
		var got string
		_, _ = text.Token(func(b []byte) (token.Token, error) {
			got = string(b)
			return token.Token{}, nil
		})
		if got != want {
			t.Errorf("%s: got %q, want %q", raw, got, want)
		}
	}
	for _, raw := range []string{`4`, `null`, `{"a":"b"}`, `["` + example + `"]`, `true`} {
		var text token.Text
		if err := json.Unmarshal([]byte(raw), &text); err != nil || text.IsString() {
			t.Errorf("%s: got %v, or a text", raw, err)
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

// TestNoFormatterPrintsAToken drives a token, also inside other values and in
// fields that fmt reaches only by reflection, through everything that prints.
func TestNoFormatterPrintsAToken(t *testing.T) {
	secret := parse(t, example)
	print := token.NewFingerprinter().Of(secret)
	type holder struct {
		Public  token.Token
		private token.Token
		print   token.Fingerprint
	}
	values := []any{
		secret, &secret, print, holder{secret, secret, print}, &holder{secret, secret, print},
		[]token.Token{secret}, map[string]token.Token{"k": secret}, fmt.Errorf("wrapped %v", secret),
	}
	var out bytes.Buffer
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o", "%t", "%p", "%08.3v"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprintln(&out, v)
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("m", "v", v, slog.Group("g", "v", v))
		}
		for _, marshal := range []func(any) ([]byte, error){json.Marshal, xml.Marshal, yaml.Marshal} {
			text, _ := marshal(v)
			out.Write(text)
		}
	}
	if err := gob.NewEncoder(&out).Encode(secret); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "[redacted]") {
		t.Error("got nothing redacted, so nothing was printed")
	}
	body := strings.TrimPrefix(example, "hvs.")
	for i := 0; i+8 <= len(body); i++ {
		part := body[i : i+8]
		for _, form := range []string{part, fmt.Sprintf("%x", part), fmt.Sprintf("%X", part), strings.Trim(fmt.Sprint([]byte(part)), "[]")} {
			if strings.Contains(out.String(), form) {
				t.Fatal("got eight bytes of the token in the output")
			}
		}
	}
}

func TestFingerprintsTellValuesApart(t *testing.T) {
	f := token.NewFingerprinter()
	a, b := parse(t, example), parse(t, example+"x")
	same := parse(t, example+"\n")
	switch {
	case !f.Of(a).Equal(f.Of(same)), !a.Equal(same):
		t.Error("got the same value as different")
	case f.Of(a).Equal(f.Of(b)), a.Equal(b):
		t.Error("got different values as the same")
	case f.Of(a).Equal(token.NewFingerprinter().Of(a)):
		t.Error("got the same fingerprint under two keys")
	case f.Of(token.Token{}).Equal(f.Of(token.Token{})), !f.Of(token.Token{}).IsZero():
		t.Error("got two absent tokens as the same")
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
