package deploy

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/upstream"
)

// rule matches one path of a policy with what it allows there.
var rule = regexp.MustCompile(`(?s)path "([^"]+)" \{(.*?)\n\}`)

// TestNobodyDecryptsTheSealButTheSeal: the exporter's policy opened whatever the
// key had encrypted, the main Vault's root key among it.
func TestNobodyDecryptsTheSealButTheSeal(t *testing.T) {
	files, err := filepath.Glob("vault/policies/nas/*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatal("finding the policies: got none")
	}
	canaries := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range rule.FindAllStringSubmatch(string(text), -1) {
			path, allowed := m[1], m[2]
			canary := strings.Contains(allowed, `allowed_parameters = { "ciphertext" = ["CANARY"] }`)
			if canary {
				canaries++
			}
			if strings.ContainsAny(path, "*+") {
				t.Errorf("%s: got the wildcard %q", file, path)
			}
			if strings.HasPrefix(path, "transit/") && !canary && filepath.Base(file) != "autounseal.hcl" {
				t.Errorf("%s: got %q without the canary as its only parameter", file, path)
			}
		}
	}
	if canaries != 2 {
		t.Errorf("got %d policies with the canary, want those of the exporter and of its agent", canaries)
	}
}

// stubs are the programs that setup.sh calls, as far as the canary goes. $STATE
// is what they keep: the ConfigMap, the policies, and the name of the Vault's key.
var stubs = map[string]string{
	"kubectl": `case "$*" in
*"get configmap nas-transit-canary"*) cat "$STATE/configmap" ;;
*"create configmap nas-transit-canary"*) printf '%s' "${5#--from-literal=canary=}" >"$STATE/configmap" ;;
esac`,
	"vault": `case "$*" in
*transit/encrypt/autounseal*) printf 'vault:v1:%s+/=' "$(cat "$STATE/key")"; echo "$4" >"$STATE/plaintext" ;;
*transit/decrypt/autounseal*) [ "$3" = "ciphertext=vault:v1:$(cat "$STATE/key")+/=" ] ;;
*latest_version*) cat "$STATE/latest" ;;
"policy write "*) cat >"$STATE/$3.hcl" ;;
esac`,
}

// runSetup runs the set-up of the NAS Vault, which has the named key.
func runSetup(t *testing.T, state, key string) (said string, err error) {
	t.Helper()
	bin := t.TempDir()
	for name, script := range stubs {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(state, "key"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	setup := exec.CommandContext(t.Context(), "sh", "vault/setup.sh", "nas", "https://192.168.1.20:6443")
	setup.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "STATE="+state)
	var stderr strings.Builder
	setup.Stderr = &stderr
	err = setup.Run()
	return stderr.String(), err
}

// TestSetUpMakesTheCanaryOnce: a set-up of another Vault must not bring a canary
// of its own, or that Vault would pass for the true one.
func TestSetUpMakesTheCanaryOnce(t *testing.T) {
	state := t.TempDir()
	kept := func(name string) string {
		content, err := os.ReadFile(filepath.Join(state, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(content))
	}
	for name, content := range map[string]string{"configmap": "", "latest": "1\n"} {
		if err := os.WriteFile(filepath.Join(state, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if said, err := runSetup(t, state, "true"); err != nil || said != "" {
			t.Fatalf("got %v, said %q", err, said)
		}
		if got := kept("configmap"); got != "vault:v1:true+/=" {
			t.Errorf("got the canary %q", got)
		}
		if policy := kept("vault-health-exporter.hcl"); !strings.Contains(policy, `{ "ciphertext" = ["vault:v1:true+/="] }`) {
			t.Errorf("got a policy without the canary:\n%s", policy)
		}
	}
	if got, want := kept("plaintext"), "plaintext="+base64.StdEncoding.EncodeToString([]byte(upstream.TransitCanary)); got != want {
		t.Errorf("got %q encrypted, want %q, which the exporter expects", got, want)
	}
	said, err := runSetup(t, state, "other")
	if err == nil || !strings.Contains(said, "do not restart") || kept("configmap") != "vault:v1:true+/=" {
		t.Errorf("with another key: got %v, canary %q, said %q", err, kept("configmap"), said)
	}
	if err := os.WriteFile(filepath.Join(state, "latest"), []byte("2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := runSetup(t, state, "true"); err != nil || !strings.Contains(said, "Before you raise min_decryption_version") {
		t.Errorf("with a rotated key: got %v, said %q", err, said)
	}
}
