package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/settings"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
)

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token-broker.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const nas = "nas: {vault: {address: https://192.168.1.42:61200}}\n"

func TestDefaults(t *testing.T) {
	s, err := settings.Load(t.Context(), write(t, nas+`main: {vault: {address: "http://127.0.0.1:8200"}, kubernetes: {secret: {}}}
rotate: {}
health_check: {}
`), settings.Cycle)
	if err != nil {
		t.Fatal(err)
	}
	kv, k := s.NAS.Vault.KV, s.Main.Kubernetes
	for name, got := range map[string][2]string{
		"NAS path":  {kv.Mount + "/" + kv.Path + "#" + kv.Field, "secret/tokens/root#token"},
		"main path": {s.Main.Vault.KV.Path, "nas/vault-token"},
		"CronJob":   {k.Namespace + "/" + k.Broker.CronJob, "nas-integration/nas-token-broker"},
		"Secret":    {k.Secret.Name + " " + strings.Join(k.Secret.Keys, " "), "nas-vault-token token QNAP_VAULT_TOKEN"},
		"annotated": {s.HealthCheck.Secret, "cluster-vars"},
		"grace":     {s.Rotate.Grace.String(), (30 * time.Minute).String()},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: got %q, want %q", name, got[0], got[1])
		}
	}
}

// TestComplete knows every key of the documented example; its files are not here.
func TestComplete(t *testing.T) {
	_, err := settings.Load(t.Context(), "testdata/complete.yaml", settings.RotateToken)
	if err == nil {
		t.Fatal("got no error though no file is there")
	}
	for line := range strings.Lines(err.Error()) {
		missing := strings.Contains(line, "the file does not exist") || strings.Contains(line, "it is not a folder")
		if !missing && !strings.Contains(line, "kubernetes/serviceaccount") {
			t.Errorf("got %q, want only missing files", line)
		}
	}
}

// TestInlineSecretsAreNotQuoted: the broker's file is checked as the exporter's is.
func TestInlineSecretsAreNotQuoted(t *testing.T) {
	configtest.NeverQuoted(t, "testdata/complete.yaml", func(path string) error {
		_, err := settings.Load(t.Context(), path, settings.RotateToken)
		return err
	})
}

func TestRefuses(t *testing.T) {
	here := "snapshot: {dir: " + t.TempDir() + ", keep: -1}\n"
	for _, tc := range []struct {
		name, content string
		command       settings.Command
		want          string
	}{
		{"an empty file", "", settings.Cycle, ": got an empty file"},
		{"an unknown key", nas + "rotation: {}\n", settings.Cycle, ":2: got an unknown key, want one of features_dir, health_check"},
		{"a key of the wrong kind", nas + "rotate: {grace: soon}\n", settings.RotateToken, ":2: rotate.grace: got a text of 4 characters, want a duration"},
		{"an empty section", nas + "rotate:\n", settings.RotateToken, ":2: rotate: it is empty; write {} for its defaults, or remove it"},
		{"a second document", nas + "---\n{}\n", settings.Cycle, ": got a second YAML document, want one"},
		{"no NAS", "main: {}\n", settings.CheckHealth, `: nas.vault: got none, want the section that "health-check" needs`},
		{"no main Vault", nas, settings.Cycle, `: main.vault: got none, want the section that "cycle" needs`},
		{"no rotation", nas, settings.RotateToken, `: rotate: got none, want the section that "rotate" needs`},
		{"no directory", nas + "snapshot: {}\n", settings.TakeBackup, ":2: snapshot.dir: got none, want the directory for the snapshots"},
		{"nothing kept", nas + here, settings.TakeBackup, ":2: snapshot.keep: got -1, want at least 1"},
		{"no Kubernetes", nas + "health_check: {}\n", settings.CheckHealth, `: main.kubernetes: got none, want the section that "health-check" needs`},
		{"a password in an address", "nas:\n  vault: {address: \"https://u:CANARY@nas\"}\n", settings.RotateToken, ":2: nas.vault.address: got an address with a user in it"},
		{"another scheme", "nas:\n  vault: {address: \"ftp://nas\"}\n", settings.RotateToken, ":2: nas.vault.address: got another scheme, want https:// or http://…"},
		{"two ways to log in", "nas:\n  vault:\n    address: https://nas\n    auth: {}\n", settings.RotateToken, ":4: nas.vault.auth: got both or none of token_file and kubernetes, want exactly one"},
		{"two token files", "nas:\n  vault: {address: https://nas}\n  docker: {host: \"unix:///d\"}\nrotate:\n  token_file: /tmp/x\n", settings.RotateToken, ":5: rotate.token_file: got it besides nas.docker"},
		{"policies of a root token", nas + "rotate: {policies: [default]}\n", settings.RotateToken, ":2: rotate.policies: got policies without a token_role"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := settings.Load(t.Context(), write(t, tc.content), tc.command)
			if err == nil || !strings.Contains(err.Error(), "token-broker.yaml"+tc.want) || strings.Contains(err.Error(), "CANARY") {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}
