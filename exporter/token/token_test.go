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
