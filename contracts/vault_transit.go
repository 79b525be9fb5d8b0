package contracts

import "homelab.io/vault-health-exporter/exporter/reason"

// The examples of a value and of its ciphertext, which decrypts nowhere.
const (
	exampleValue      = "RVhBTVBMRWV4YW1wbGUwMA=="
	exampleCiphertext = "vault:v1:RVhBTVBMRWV4YW1wbGUwMEVYQU1QTEVleGFtcGxlMDA="
	valueForm         = `[A-Za-z0-9+/]+={0,2}`
	ciphertextForm    = `vault:v\d+:` + valueForm
)

// transit is one request to use the unseal key; field is that of in or out with
// the ciphertext or the plaintext.
func transit(action, description string, state State, in map[string]any, status int, out any) Interaction {
	return Interaction{
		Description: "transit " + action + ", " + description,
		State:       state,
		Request:     Request{Method: "PUT", Path: "/v1/transit/" + action + "/autounseal", Header: vaultHeader, Body: in},
		Response:    Response{Status: status, Header: jsonHeader, Body: out},
	}
}

func encrypt(description string, state State, status int, out any) Interaction {
	return transit("encrypt", description, state, map[string]any{"plaintext": pattern(exampleValue, valueForm)}, status, out)
}

func decrypt(description string, state State, status int, out any) Interaction {
	return transit("decrypt", description, state, map[string]any{"ciphertext": pattern(exampleCiphertext, ciphertextForm)}, status, out)
}

// vaultTransit is every answer of a Vault to a value that shall be encrypted and
// decrypted again.
func vaultTransit() []Exchange {
	var (
		encrypted = encrypt("accepted", TransitAccepted, 200, map[string]any{"data": map[string]any{"ciphertext": pattern(exampleCiphertext, ciphertextForm)}})
		decrypted = decrypt("accepted", TransitAccepted, 200, map[string]any{"data": map[string]any{"plaintext": pattern(exampleValue, valueForm)}})
		noEncrypt = encrypt("forbidden", TransitForbidden, 403, vaultErrors(permissionDenied))
		noDecrypt = decrypt("forbidden", TransitForbidden, 403, vaultErrors(permissionDenied))
		// Encrypting would make the key, which the client may not.
		unmade  = encrypt("no such key", TransitKeyMissing, 403, vaultErrors(permissionDenied))
		unknown = decrypt("no such key", TransitKeyMissing, 400, vaultErrors("encryption key not found"))
	)
	return []Exchange{
		// What comes back is the example and not what the client encrypted, and
		// the client must notice.
		{Call: CallRoundTrip, Interactions: []Interaction{encrypted, decrypted}, Reason: reason.Mismatch},
		{Call: CallRoundTrip, Interactions: []Interaction{encrypted, noDecrypt}, Reason: reason.Forbidden},
		{Call: CallRoundTrip, Interactions: []Interaction{noEncrypt, noDecrypt}, Reason: reason.Forbidden},
		{Call: CallRoundTrip, Interactions: []Interaction{unmade, unknown}, Reason: reason.NotFound},
	}
}
