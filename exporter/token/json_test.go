package token_test

import (
	"encoding/json"
	"testing"

	"homelab.io/vault-health-exporter/exporter/token"
)

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
