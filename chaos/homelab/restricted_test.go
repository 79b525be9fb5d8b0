package homelab

import (
	"strings"
	"testing"
	"time"
)

// TestRestrictedTokens compares with what Vault 1.21.0 said of such tokens.
func TestRestrictedTokens(t *testing.T) {
	lab := startLab(t)
	for _, test := range []struct {
		name   string
		limits Restriction
		want   []string // in the answers to one lookup after the other
	}{
		{"none", Restriction{}, []string{`"num_uses":0`, `"num_uses":0`}},
		{"two uses", Restriction{Uses: 2}, []string{`"num_uses":1`, `"num_uses":-1`, deniedToken}},
		{"without the default policy", Restriction{NoDefault: true}, []string{deniedPolicy, deniedPolicy}},
		{"bound to other addresses", Restriction{Elsewhere: true, Uses: 1}, []string{`{"errors":["permission denied"]}`, `{"errors":["permission denied"]}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			own, err := lab.IssueRestricted(NAS, test.limits, time.Hour, "other")
			if err != nil {
				t.Fatal(err)
			}
			client := vaultClient(t, lab, lab.nasServer, own)
			for i, want := range test.want {
				if _, body := raw(t, client, "GET", "/v1/auth/token/lookup-self", ""); !strings.Contains(body, want) {
					t.Errorf("lookup %d: got %s, want %s", i, body, want)
				}
			}
		})
	}
}
