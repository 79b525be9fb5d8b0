package homelab

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// The randomness of this package comes from crypto/rand, whose Read never
// fails, by its documentation.

func randomBytes(n int) []byte {
	raw := make([]byte, n)
	_, _ = rand.Read(raw)
	return raw
}

// randomBase62 is the alphabet of Vault's root tokens and accessors.
func randomBase62(n int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	text := make([]byte, 0, n)
	for len(text) < n {
		for _, b := range randomBytes(n) {
			if int(b) < 4*len(alphabet) && len(text) < n { // the rest would favour the first letters
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(text)
}

func randomHex(n int) string { return hex.EncodeToString(randomBytes(n)) }

func randomUUID() string {
	b := randomBytes(16)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// kubernetesAudience is that of the tokens that the Kubernetes API takes.
const kubernetesAudience = "https://kubernetes.default.svc.cluster.local"

// newServiceAccountToken has the form of a token that Kubernetes issues. The
// servers here know it by its value, so its signature verifies nowhere.
func newServiceAccountToken(audience, user string) string {
	now := time.Now()
	header, _ := json.Marshal(map[string]string{"alg": "RS256", "kid": randomHex(20)})
	claims, _ := json.Marshal(map[string]any{ // both hold nothing that JSON cannot
		"aud": []string{audience},
		"exp": now.Add(365 * 24 * time.Hour).Unix(),
		"iat": now.Unix(),
		"iss": kubernetesAudience,
		"sub": user,
	})
	enc := base64.RawURLEncoding
	return enc.EncodeToString(header) + "." + enc.EncodeToString(claims) + "." + enc.EncodeToString(randomBytes(256))
}
