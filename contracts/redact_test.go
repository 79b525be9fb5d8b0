//go:build pact

package contracts_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"homelab.io/vault-health-exporter/contracts"
)

// tokenLike is text that is, as a whole, a token.
var tokenLike = regexp.MustCompile(`^(hvs|hvb|s|b)\.[A-Za-z0-9_-]{20,}$`)

// secretFields are the fields of replies whose values are secrets, whatever
// they look like.
var secretFields = map[string]bool{"token": true, "QNAP_VAULT_TOKEN": true, "client_token": true, "id": true}

func trimmed(b []byte) []byte { return bytes.TrimSpace(b) }

// redactText replaces a token by the example, and everything else by a word:
// the verifier prints what does not match.
func redactText(text string) string {
	body := bytes.TrimSpace([]byte(text))
	if tokenLike.Match(body) {
		return contracts.ExampleToken + text[len(body):]
	}
	if decoded, err := base64.StdEncoding.DecodeString(text); err == nil && tokenLike.Match(trimmed(decoded)) {
		return base64.StdEncoding.EncodeToString([]byte(contracts.ExampleToken))
	}
	return "[redacted]"
}

// redactReply replaces the secrets of a JSON reply.
func redactReply(reply *http.Response) error {
	raw, err := io.ReadAll(reply.Body)
	if err != nil {
		return err
	}
	_ = reply.Body.Close()
	var body any
	if json.Unmarshal(raw, &body) == nil {
		raw, err = json.Marshal(redactValue("", body))
		if err != nil {
			return err
		}
	}
	reply.Body, reply.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	if reply.Header.Get("Content-Length") != "" {
		reply.Header.Set("Content-Length", strconv.Itoa(len(raw)))
	}
	return nil
}

func redactValue(field string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			v[name] = redactValue(name, inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = redactValue(field, inner)
		}
	case string:
		if secretFields[field] || tokenLike.MatchString(v) {
			return redactText(v)
		}
	}
	return value
}

func TestRedactionLeavesNoToken(t *testing.T) {
	const live = "hvs.LIVEliveLIVEliveLIVElive"
	for _, text := range []string{live, live + "\n", "prompt " + live, base64.StdEncoding.EncodeToString([]byte(live))} {
		if got := redactText(text); bytes.Contains([]byte(got), []byte("LIVElive")) || got == text {
			t.Errorf("got %q", got)
		}
	}
	got, _ := json.Marshal(redactValue("", map[string]any{"auth": map[string]any{"client_token": "odd " + live}, "x": []any{live}, "ttl": 1.5}))
	if bytes.Contains(got, []byte("LIVElive")) {
		t.Errorf("got %s", got)
	}
}
