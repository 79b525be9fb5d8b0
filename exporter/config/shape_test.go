package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
)

const complete = "testdata/complete.yaml"

// TestCompleteHasEveryKey also finds keys that are documented and unknown: only
// the files that it names are missing.
func TestCompleteHasEveryKey(t *testing.T) {
	_, err := config.Load(complete)
	if err == nil {
		t.Fatal("got no error though no file is there")
	}
	for line := range strings.Lines(err.Error()) {
		if !strings.Contains(line, "reading the f") {
			t.Errorf("got %q, want only missing files", line)
		}
	}
	text, readErr := os.ReadFile(complete)
	if readErr != nil {
		t.Fatal(readErr)
	}
	var file config.Config
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	inFile := map[string]bool{}
	present(reflect.ValueOf(file), "", inFile)
	for _, key := range configtest.Keys(reflect.TypeFor[config.Config]()) {
		otherAuth := strings.HasPrefix(key, "nas.vault.auth.kubernetes.") || key == "main.vault.auth.token_file" // exactly one of the two
		if !inFile[key] && !otherAuth {
			t.Errorf("%s: got no %q", complete, key)
		}
	}
}

func present(v reflect.Value, prefix string, found map[string]bool) {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Slice && v.Len() > 0 && v.Index(0).Kind() == reflect.Struct:
		present(v.Index(0), prefix, found)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			present(v.Field(i), prefix+"."+tag, found)
		}
	case !v.IsZero():
		found[strings.TrimPrefix(strings.TrimPrefix(prefix, "."), "flows.")] = true
	}
}

// TestInlineSecretsAreNotQuoted: errors quoted the values that they were about,
// so a token in the place of a file's name was on stderr, in the log and in the
// answer to whoever asked for a reload.
func TestInlineSecretsAreNotQuoted(t *testing.T) {
	configtest.NeverQuoted(t, complete, func(path string) error {
		_, err := config.Load(path)
		return err
	})
}

// TestSecretsAreRefusedWhereverTheyAre: where any text will do, a token was taken
// for a name, and names are quoted by what uses them.
func TestSecretsAreRefusedWhereverTheyAre(t *testing.T) {
	for _, secret := range []string{
		"hvs.EXAMPLE0example0EXAMPLE0", "s.EXAMPLE0example0EXAMPLE0", "s.EXAMPLE0example0EXAMPLE0.nsid1",
		"secret/hvb.EXAMPLE0example0EXAMPLE0", "eyJhbGciOiJSUzI1NiJ9.e30.x", "-----BEGIN RSA PRIVATE KEY-----", "AGE-SECRET-KEY-1EXAMPLE",
	} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		content := "flows:\n- nas: {vault: {address: 'https://nas:8200', kv: {path: '" + secret + "'}}}\n"
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(path)
		if want := ":2: flows[0].nas.vault.kv.path: got a text of "; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "in the form of a secret") {
			t.Errorf("%s: got %v, want %s", secret, err, want)
		}
	}
}

// TestAddressesHoldNothingElse: an address is in spans, logs and on the page.
func TestAddressesHoldNothingElse(t *testing.T) {
	for address, want := range map[string]string{
		"https://user:EXAMPLE0@nas:8200": "got an address with a user in it",
		"https://nas:8200/EXAMPLE0":      "got an address with more than a host and port in it",
		"https://nas:8200?t=EXAMPLE0":    "got an address with a query or fragment in it",
		"https://nas:8200#EXAMPLE0":      "got an address with a query or fragment in it",
		"https://nas:8200?":              "got an address with a query or fragment in it",
		"https://nas:8200/":              "",
	} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte("flows: [{nas: {vault: {address: '"+address+"'}}}]"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(path)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "EXAMPLE0")) {
			t.Errorf("%s: got %v, want %q", address, err, want)
		}
	}
}

// TestMergedSections are read like others: several flows share what they have in common.
func TestMergedSections(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	content := `flows:
- &first {name: one, nas: {vault: {address: "https://nas:8200"}}}
- {<<: *first, name: two}
`
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil || cfg.Flows[1].NAS.Vault.Address != "https://nas:8200" {
		t.Errorf("got %+v and %v", cfg, err)
	}
}
