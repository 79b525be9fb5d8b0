package suite

import (
	"encoding/base64"
	"regexp"
)

// scan looks for one kind of secret; find returns where it begins, or -1.
type scan struct {
	what string
	find func([]byte) int
}

// A secret in clear. Names of tests and documents have tokens that are none:
// they are shorter, or say EXAMPLE or CANARY.
var (
	vaultToken = regexp.MustCompile(`hv[sbr]\.[A-Za-z0-9_-]{20,}`)
	webToken   = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`)
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{16,}`)
	ageKey     = regexp.MustCompile(`AGE-SECRET-KEY-1[0-9A-Z]{50,}`)
	madeUp     = regexp.MustCompile(`(?i)example|canary|dummy`)
	encoded    = regexp.MustCompile(`[A-Za-z0-9+/_-]{32,}`)
)

var scans = []scan{
	{"a token of a Vault", clear(vaultToken)},
	{"a token of a Vault, as base64", inBase64(vaultToken)},
	{"a token of Kubernetes", clear(webToken)},
	{"a private key", clear(privateKey)},
	{"a private key, as base64", inBase64(privateKey)},
	{"a key of age", clear(ageKey)},
}

// clear finds the first match that is not made up.
func clear(pattern *regexp.Regexp) func([]byte) int {
	return func(content []byte) int {
		for _, at := range pattern.FindAllIndex(content, -1) {
			if !madeUp.Match(content[at[0]:at[1]]) {
				return at[0]
			}
		}
		return -1
	}
}

// inBase64 finds it wherever it begins within what is encoded.
func inBase64(pattern *regexp.Regexp) func([]byte) int {
	find := clear(pattern)
	alphabets := []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding}
	return func(content []byte) int {
		for _, at := range encoded.FindAllIndex(content, -1) {
			for shift := range 4 {
				text := content[at[0]+shift : at[1]]
				if len(text)%4 == 1 {
					text = text[:len(text)-1] // which encodes nothing
				}
				for _, alphabet := range alphabets {
					decoded := make([]byte, alphabet.DecodedLen(len(text)))
					if n, err := alphabet.Decode(decoded, text); err == nil && find(decoded[:n]) >= 0 {
						return at[0]
					}
				}
			}
		}
		return -1
	}
}
