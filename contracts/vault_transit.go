package contracts

import (
	"encoding/base64"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// ExampleCiphertext is a canary that no key made, so it decrypts nowhere.
const ExampleCiphertext = "vault:v1:RVhBTVBMRWV4YW1wbGUwMEVYQU1QTEVleGFtcGxlMDA="

const ciphertextForm = `vault:v\d+:[A-Za-z0-9+/]+={0,2}`

// decrypt is one request to decrypt the canary with the unseal key.
func decrypt(description string, state State, status int, out any) Interaction {
	return Interaction{
		Description: "transit decrypt, " + description,
		State:       state,
		Request: Request{
			Method: "PUT", Path: "/v1/transit/decrypt/autounseal", Header: vaultHeader,
			Body: map[string]any{"ciphertext": pattern(ExampleCiphertext, ciphertextForm)},
		},
		Response: Response{Status: status, Header: jsonHeader, Body: out},
	}
}

// vaultTransit is every answer of a Vault that shall decrypt the canary.
func vaultTransit() []Exchange {
	var (
		opened    = base64.StdEncoding.EncodeToString([]byte(upstream.TransitCanary))
		decrypted = decrypt("accepted", TransitAccepted, 200, map[string]any{"data": map[string]any{"plaintext": opened}})
		forbidden = decrypt("forbidden", TransitForbidden, 403, vaultErrors(permissionDenied))
		other     = decrypt("another key", TransitOtherKey, 400, vaultErrors("cipher: message authentication failed"))
		missing   = decrypt("no such key", TransitKeyMissing, 400, vaultErrors("encryption key not found"))
	)
	return []Exchange{
		{Call: CallOpenCanary, Interactions: []Interaction{decrypted}},
		{Call: CallOpenCanary, Interactions: []Interaction{forbidden}, Reason: reason.Forbidden},
		{Call: CallOpenCanary, Interactions: []Interaction{other}, Reason: reason.WrongKey},
		{Call: CallOpenCanary, Interactions: []Interaction{missing}, Reason: reason.NotFound},
	}
}
