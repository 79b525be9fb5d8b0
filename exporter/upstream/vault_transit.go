package upstream

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"regexp"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TransitCanary is what the canary of the unseal key decrypts to. The set-up of
// the NAS Vault encrypts it once, and lets the exporter decrypt that and nothing
// else: the key also opens what keeps the main Vault sealed.
const TransitCanary = "nas-transit-canary"

// ciphertext is the form of what transit encrypts.
var ciphertext = regexp.MustCompile(`^vault:v[0-9]{1,9}:[A-Za-z0-9+/]{1,512}={0,2}$`)

// OpenCanary decrypts the canary, which only the key that it was encrypted with
// can: the one that the main Vault needs to unseal itself.
func (c *Vault) OpenCanary(ctx context.Context, transit config.Transit) error {
	canary, err := readCanary(transit.CanaryFile)
	if err != nil {
		return err
	}
	request := Request{
		Method: http.MethodPut,
		Path:   transit.Mount + "/decrypt/" + transit.Key,
		Body:   map[string]any{"ciphertext": canary},
		Judge:  func(refusal Refusal) error { return cannotDecrypt(refusal, transit.Key) },
	}
	var reply struct {
		Data struct {
			Plaintext string `json:"plaintext"`
		} `json:"data"`
	}
	err = c.Call(ctx, OpTransitDecrypt, request, &reply)
	if err != nil {
		return err
	}
	switch reply.Data.Plaintext {
	case base64.StdEncoding.EncodeToString([]byte(TransitCanary)):
		return nil
	case "":
		return reason.Errorf(reason.MalformedResponse, "decrypting the canary with key %q: got a reply without plaintext", transit.Key)
	}
	return reason.Errorf(reason.WrongKey, "decrypting the canary with key %q: got another value than was encrypted", transit.Key)
}

func readCanary(path string) (string, error) {
	raw, err := readFile("canary file", path, maxCredentialFile)
	if err != nil {
		return "", err
	}
	canary := bytes.TrimSpace(raw)
	if !ciphertext.Match(canary) {
		return "", reason.Errorf(reason.Config, "reading the canary file %q: got no ciphertext, want the one that the set-up of the NAS Vault made", path)
	}
	return string(canary), nil
}

// cannotDecrypt reads Vault's refusal to decrypt a well-formed ciphertext with a
// key that it has. For all of the causes it has status 400 and words of its
// ciphers' own: another key, another kind of key, or a version of the key that
// it does not have or no longer uses.
func cannotDecrypt(refusal Refusal, key string) error {
	if refusal.Status != http.StatusBadRequest || !refusal.vaults || namesNothing(refusal.said) {
		return nil
	}
	return reason.Errorf(reason.WrongKey, "decrypting the canary with key %q: got a refusal, want the key that encrypted it", key)
}
