package upstream_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestAnotherVaultsKeyIsWrong: a key under the same name passed for the true
// one, because a value went there and back with any. The refusals are Vault
// 1.21.0's, of keys that did not encrypt the canary.
func TestAnotherVaultsKeyIsWrong(t *testing.T) {
	const canary = "vault:v1:RVhBTVBMRWV4YW1wbGUwMEVYQU1QTEVleGFtcGxlMDA="
	refused := func(why string) string { return fmt.Sprintf(`{"errors":[%q]}`, why) }
	opened := func(value string) string {
		return fmt.Sprintf(`{"data":{"plaintext":%q}}`, base64.StdEncoding.EncodeToString([]byte(value)))
	}
	for _, tc := range []struct {
		status int
		body   string
		want   reason.Reason
	}{
		{200, opened(upstream.TransitCanary), ""},
		{200, opened("something else"), reason.WrongKey},
		{200, `{"data":{}}`, reason.MalformedResponse},
		{400, refused("cipher: message authentication failed"), reason.WrongKey},
		{400, refused("chacha20poly1305: message authentication failed"), reason.WrongKey},
		{400, refused("ciphertext or signature version is disallowed by policy (too old)"), reason.WrongKey},
		{400, refused("invalid ciphertext: version is too new"), reason.WrongKey},
		{400, refused("message decryption not supported for key type ed25519"), reason.WrongKey},
		{400, refused("encryption key not found"), reason.NotFound},
		{403, refused("1 error occurred:\n\t* permission denied\n\n"), reason.Forbidden},
		{503, refused("Vault is sealed"), reason.Sealed},
	} {
		t.Run(tc.body, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked := map[string]any{}
				if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || len(asked) != 1 || asked["ciphertext"] != canary {
					t.Errorf("got %v, %v, want the canary and nothing else", asked, err)
				}
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}))
			defer server.Close()
			if err := openCanary(t, server.URL, canary+"\n"); reason.Of(err) != tc.want {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// TestCanaryFileThatIsNone is the exporter's own fault, and asks nobody.
func TestCanaryFileThatIsNone(t *testing.T) {
	for _, content := range []string{"", "CANARY", "vault:v1:", "vault:v1:AAAA BBBB", "hvs.EXAMPLEexample00", "vault:v1:" + strings.Repeat("A", 1<<20)} {
		err := openCanary(t, "http://127.0.0.1:1", content)
		if reason.Of(err) != reason.Config || strings.Contains(err.Error(), "EXAMPLE") {
			t.Errorf("%.20q: got %v, want %q without what is in it", content, err, reason.Config)
		}
	}
}

func openCanary(t *testing.T, address, content string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "canary")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := upstream.OpenVault(config.Vault{Address: address}, "", &upstream.Trace{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	return client.OpenCanary(t.Context(), config.Transit{Mount: "transit", Key: "autounseal", CanaryFile: file})
}
