package homelab

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTransitRoundTrip encrypts as an administrator and decrypts it again, also
// with what the key encrypted before it was gone for a while.
func TestTransitRoundTrip(t *testing.T) {
	lab := startLab(t)
	client := vaultClient(t, lab, lab.nasServer, rootOf(lab, lab.nas)).Logical()
	plain := base64.StdEncoding.EncodeToString([]byte("unseal"))
	var sealed []string
	for range 2 {
		secret, err := client.WriteWithContext(t.Context(), "transit/encrypt/autounseal", map[string]any{"plaintext": plain})
		if err != nil {
			t.Fatal(err)
		}
		text, _ := secret.Data["ciphertext"].(string)
		if !regexp.MustCompile(`^vault:v1:[A-Za-z0-9+/]{44,}={0,2}$`).MatchString(text) {
			t.Errorf("got ciphertext %q", text)
		}
		sealed = append(sealed, text)
	}
	if sealed[0] == sealed[1] {
		t.Error("got the same ciphertext twice")
	}
	undo(t, lab, transitKeyMissing)()
	secret, err := client.WriteWithContext(t.Context(), "transit/decrypt/autounseal", map[string]any{"ciphertext": sealed[0]})
	if err != nil {
		t.Fatal(err)
	}
	if secret.Data["plaintext"] != plain {
		t.Errorf("got %q, want %q", secret.Data["plaintext"], plain)
	}
}

// TestTransitAnswers compares with recordings of Vault 1.21.0.
func TestTransitAnswers(t *testing.T) {
	lab := startLab(t)
	tokens := map[string]string{"root": rootOf(lab, lab.nas), "own": lab.auth.nasToken}
	refused := func(why string) string { return `{"errors":["` + why + `"]}` + "\n" }
	canary := `{"ciphertext":"` + lab.canary + `"}`
	tests := []struct {
		fault, client, path, body string
		code                      int
		want                      string
	}{
		{"", "root", "encrypt/autounseal", "", 400, refused("missing plaintext to encrypt")},
		{"", "root", "encrypt/autounseal", `{"plaintext":"%"}`, 400, refused("illegal base64 data at input byte 0")},
		{"", "own", "encrypt/nope", `{"plaintext":"AAAA"}`, 403, deniedPolicy},
		{transitForbidden, "own", "encrypt/autounseal", `{"plaintext":"AAAA"}`, 403, deniedPolicy},
		{transitForbidden, "own", "decrypt/autounseal", `{"ciphertext":"x"}`, 403, deniedPolicy},
		{transitKeyMissing, "own", "encrypt/autounseal", `{"plaintext":"AAAA"}`, 403, deniedPolicy},
		{transitKeyMissing, "own", "decrypt/autounseal", canary, 400, refused("encryption key not found")},
		{"", "root", "decrypt/nope", `{"ciphertext":"x"}`, 400, refused("encryption key not found")},
		{"", "root", "decrypt/nope", `{}`, 400, refused("missing ciphertext to decrypt")},
		{"", "root", "decrypt/autounseal", `{"ciphertext":"x"}`, 400, refused("invalid ciphertext: no prefix")},
		{"", "root", "decrypt/autounseal", `{"ciphertext":"vault:v1:%"}`, 400, refused("invalid ciphertext: could not decode base64")},
		{"", "root", "decrypt/autounseal", `{"ciphertext":"vault:v1:AAAA"}`, 400, refused("invalid ciphertext length")},
		{"", "root", "decrypt/autounseal", `{"ciphertext":"vault:v0:AAAA"}`, 400, refused("invalid ciphertext length")},
		{"", "root", "decrypt/autounseal", `{"ciphertext":"vault:v2:AAAA"}`, 400, refused("invalid ciphertext: version is too new")},
		{"", "root", "decrypt/autounseal", `{"ciphertext":"vault:vx:AAAA"}`, 400, refused("invalid ciphertext: version number could not be decoded")},
		{"", "root", "decrypt/autounseal", `{"ciphertext":"vault:v1:` + strings.Repeat("A", 64) + `"}`, 400, refused("cipher: message authentication failed")},
		{transitOtherKey, "own", "decrypt/autounseal", canary, 400, refused("cipher: message authentication failed")},
		{"", "own", "encrypt/autounseal", `{"plaintext":"AAAA"}`, 403, deniedPolicy},
		{"", "own", "decrypt/autounseal", `{}`, 400, refused("missing ciphertext to decrypt")},
		{"", "own", "decrypt/autounseal", `{"ciphertext":"` + seal(lab.nas.unsealKey, "root key") + `"}`, 403, deniedPolicy},
		{"", "own", "decrypt/autounseal", strings.Replace(canary, "}", `,"batch_input":[]}`, 1), 403, deniedPolicy},
		{nasSeal, "own", "encrypt/autounseal", `{"plaintext":"AAAA"}`, 503, isSealed},
	}
	for _, test := range tests {
		heal := func() {}
		if test.fault != "" {
			heal = undo(t, lab, test.fault)
		}
		code, body := raw(t, vaultClient(t, lab, lab.nasServer, tokens[test.client]), "PUT", "/v1/transit/"+test.path, test.body)
		if diff := cmp.Diff(test.want, body); diff != "" || code != test.code {
			t.Errorf("%s %s %s: status %d, want %d; body (-want +got):\n%s", test.fault, test.path, test.body, code, test.code, diff)
		}
		heal()
	}
	root := vaultClient(t, lab, lab.nasServer, tokens["root"])
	if code, body := raw(t, root, "GET", "/v1/transit/encrypt/autounseal", ""); code != 405 || body != refused(`1 error occurred:\n\t* unsupported operation\n\n`) {
		t.Errorf("GET: got %d %q", code, body)
	}
	main := vaultClient(t, lab, lab.mainServer, rootOf(lab, lab.main))
	if code, body := raw(t, main, "PUT", "/v1/transit/encrypt/autounseal", ""); code != 404 || body != refused(`no handler for route \"transit/encrypt/autounseal\". route entry not found.`) {
		t.Errorf("at the main Vault: got %d %q", code, body)
	}
}
