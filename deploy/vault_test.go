package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The roles that setup.sh writes: role NAME SERVICE-ACCOUNT POLICY OPTION...
var roleLine = regexp.MustCompile(`(?m)^  role (\S+) (\S+) (\S+) (.*)$`)

// login is how a configuration names its role.
var login = regexp.MustCompile(`\brole *[:=] *"?([a-z-]+)`)

func TestVaultRoles(t *testing.T) {
	script, err := os.ReadFile("vault/setup.sh")
	if err != nil {
		t.Fatal(err)
	}
	objects := build(t, whole, everything...)
	roles := map[string]string{}
	used := map[string]bool{"autounseal": true} // by the main Vault's seal, which has no role
	for _, m := range roleLine.FindAllStringSubmatch(string(script), -1) {
		name, account, policy, options := m[1], m[2], m[3], m[4]
		find(t, objects, "ServiceAccount/"+account)
		if files, _ := filepath.Glob("vault/policies/*/" + policy + ".hcl"); len(files) == 0 {
			t.Errorf("role %q: finding policy %q: got none", name, policy)
		}
		roles[name], used[policy] = options, true
	}
	if got, want := roles["token-rotator"], "token_ttl=24h token_max_ttl=72h"; got != want {
		t.Errorf("role token-rotator: got %q, want %q", got, want)
	}
	files, err := filepath.Glob("vault/policies/*/*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatal("finding the policies: got none")
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".hcl"); !used[name] {
			t.Errorf("%s: nothing uses this policy", file)
		}
	}
	for _, o := range objects {
		data, _ := o["data"].(map[string]any)
		for key, text := range data {
			for _, m := range login.FindAllStringSubmatch(text.(string), -1) {
				if _, ok := roles[m[1]]; !ok && m[1] != "canary" {
					t.Errorf("%s %s: got role %q, which setup.sh does not write", o.name(), key, m[1])
				}
			}
		}
	}
}
