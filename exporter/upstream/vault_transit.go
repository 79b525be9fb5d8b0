package upstream

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// RoundTrip encrypts a random value with a transit key and decrypts it again,
// which is what the main Vault does with its unseal key.
func (c *Vault) RoundTrip(ctx context.Context, transit config.Transit) error {
	canary := make([]byte, 16)
	_, _ = rand.Read(canary) // never fails, by its documentation
	plain := base64.StdEncoding.EncodeToString(canary)
	sealed, err := c.transit(ctx, OpTransitEncrypt, transit, "encrypt", "plaintext", plain, "ciphertext")
	if reason.Of(err) == reason.Forbidden {
		return c.refusedToEncrypt(ctx, transit, err)
	}
	if err != nil {
		return err
	}
	if !strings.HasPrefix(sealed, "vault:v") {
		return reason.Errorf(reason.MalformedResponse, "encrypting with key %q: got something else than a ciphertext", transit.Key)
	}
	opened, err := c.transit(ctx, OpTransitDecrypt, transit, "decrypt", "ciphertext", sealed, "plaintext")
	if err != nil {
		return err
	}
	if opened != plain {
		return reason.Errorf(reason.Mismatch, "decrypting with key %q: got another value than was encrypted", transit.Key)
	}
	return nil
}

// refusedToEncrypt returns why Vault refuses to encrypt. Where the key is gone it
// says that permission is denied, because encrypting would make the key;
// decrypting makes none, so there it says what is wrong, whatever it is given.
func (c *Vault) refusedToEncrypt(ctx context.Context, transit config.Transit, refused error) error {
	_, err := c.transit(ctx, OpTransitDecrypt, transit, "decrypt", "ciphertext", "vault:v1:AAAA", "plaintext")
	if reason.Of(err) == reason.NotFound {
		return err
	}
	return refused
}

// transit makes one request of the transit engine and returns a field of the reply.
func (c *Vault) transit(ctx context.Context, op Operation, transit config.Transit, action, in, value, out string) (result string, err error) {
	request := Request{Method: http.MethodPut, Path: transit.Mount + "/" + action + "/" + transit.Key, Body: map[string]any{in: value}}
	var reply struct {
		Data map[string]any `json:"data"`
	}
	err = c.Call(ctx, op, request, &reply)
	if err != nil {
		return "", err
	}
	result, _ = reply.Data[out].(string)
	if result == "" {
		return "", reason.Errorf(reason.MalformedResponse, "got a reply without %s", out)
	}
	return result, nil
}
