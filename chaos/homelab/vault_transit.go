package homelab

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// unsealKeyName is the key of the engine transit that unseals the main Vault.
const unsealKeyName = "autounseal"

// newTransitKey makes a key of Vault's default type, aes256-gcm96. Its
// ciphertexts begin with their nonce.
func newTransitKey() cipher.AEAD {
	block, _ := aes.NewCipher(randomBytes(32))    // which fails for other lengths only
	key, _ := cipher.NewGCMWithRandomNonce(block) // which fails for other ciphers only
	return key
}

// transitKey returns the key with the name, or nil.
func (v *vaultNode) transitKey(name string) cipher.AEAD {
	switch {
	case name != unsealKeyName, v.lab.active[transitKeyMissing]:
		return nil
	case v.lab.active[transitOtherKey]:
		return v.otherKey
	}
	return v.unsealKey
}

// encrypt answers transit/encrypt/KEY.
func (v *vaultNode) encrypt(r *http.Request, name string, body []byte) reply {
	var request struct {
		Plaintext *string `json:"plaintext"`
	}
	if r.Method != http.MethodPut && r.Method != http.MethodPost {
		return unsupported()
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	key := v.transitKey(name)
	switch {
	case key == nil:
		// Encrypting makes a key that is not there, which takes the right to
		// create; no policy here gives it.
		return vaultErrors(http.StatusForbidden, "1 error occurred:\n\t* permission denied\n\n")
	case request.Plaintext == nil:
		return vaultErrors(http.StatusBadRequest, "missing plaintext to encrypt")
	}
	plain, err := base64.StdEncoding.DecodeString(*request.Plaintext)
	if err != nil {
		return vaultErrors(http.StatusBadRequest, err.Error())
	}
	return transitReply(map[string]any{"ciphertext": seal(key, string(plain)), "key_version": 1})
}

// seal encrypts in the form of Vault, with the key's first version.
func seal(key cipher.AEAD, plain string) string {
	return "vault:v1:" + base64.StdEncoding.EncodeToString(key.Seal(nil, nil, []byte(plain), nil)) // #nosec G407 -- this AEAD makes its own nonce
}

// decrypt answers transit/decrypt/KEY.
func (v *vaultNode) decrypt(r *http.Request, name string, body []byte) reply {
	var request struct {
		Ciphertext string `json:"ciphertext"`
	}
	if r.Method != http.MethodPut && r.Method != http.MethodPost {
		return unsupported()
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	key := v.transitKey(name)
	switch {
	case request.Ciphertext == "":
		return vaultErrors(http.StatusBadRequest, "missing ciphertext to decrypt")
	case key == nil:
		return vaultErrors(http.StatusBadRequest, "encryption key not found")
	}
	plain, refusal := open(key, request.Ciphertext)
	if refusal != "" {
		return vaultErrors(http.StatusBadRequest, refusal)
	}
	return transitReply(map[string]any{"plaintext": base64.StdEncoding.EncodeToString(plain)})
}

// open decrypts text of the form vault:v1:BASE64; refusal is why it does not.
func open(key cipher.AEAD, text string) (plain []byte, refusal string) {
	versioned, ok := strings.CutPrefix(text, "vault:v")
	if !ok {
		return nil, "invalid ciphertext: no prefix"
	}
	version, encoded, _ := strings.Cut(versioned, ":")
	number, err := strconv.Atoi(version)
	switch {
	case err != nil:
		return nil, "invalid ciphertext: version number could not be decoded"
	case number > 1: // the key has one version; Vault reads 0 as 1
		return nil, "invalid ciphertext: version is too new"
	}
	sealed, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, "invalid ciphertext: could not decode base64"
	}
	if len(sealed) < key.Overhead() {
		return nil, "invalid ciphertext length"
	}
	plain, err = key.Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, err.Error()
	}
	return plain, ""
}

func transitReply(data map[string]any) reply {
	return envelope{Data: data, MountType: "transit"}.reply(http.StatusOK)
}
