package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
)

var update = flag.Bool("update", false, "write the expected errors anew")

func TestGoodFile(t *testing.T) {
	cfg, err := config.Load("testdata/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f := cfg.Flows[0]
	for _, tc := range []struct{ what, got, want string }{
		{"container", f.NAS.Docker.Container, "qnap-k3s"},
		{"token file", f.NAS.Docker.TokenFile, "/share/VMs/kubernetes/vault/root-token.txt"},
		{"NAS KV path", f.NAS.Vault.KV.Path, "tokens/root"},
		{"main KV path", f.Main.Vault.KV.Path, "nas/vault-token"},
		{"field", f.Main.Vault.KV.Field, "token"},
		{"mount", f.Main.Vault.KV.Mount, "secret"},
		{"auth mount", f.Main.Vault.Auth.Kubernetes.Mount, "kubernetes"},
		{"namespace", f.Main.Kubernetes.Namespace, "nas-integration"},
		{"CronJob", f.Main.Kubernetes.Broker.CronJob, "nas-token-broker"},
		{"Secret", f.Main.Kubernetes.Secret.Name, "nas-vault-token"},
		{"keys", strings.Join(f.Main.Kubernetes.Secret.Keys, " "), "token QNAP_VAULT_TOKEN"},
		{"second interval", cfg.Flows[1].Interval.String(), "30s"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.what, tc.got, tc.want)
		}
	}
	if second := cfg.Flows[1]; second.NAS.Vault.KV != nil || second.NAS.Docker != nil || second.Main.Kubernetes != nil {
		t.Error("got a hop that the file does not configure")
	}
}

// TestWhatIsWrittenIsWhatIsRead writes a configuration and reads it back.
func TestWhatIsWrittenIsWhatIsRead(t *testing.T) {
	before, err := config.Load("testdata/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "again.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	after, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
}

// TestEveryMistakeIsReportedAtItsPlace compares the error of each invalid file
// with the one kept beside it.
func TestEveryMistakeIsReportedAtItsPlace(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid-*.yaml")
	if err != nil || len(files) < 15 {
		t.Fatalf("got %d files and error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := config.Load(file)
			if err == nil {
				t.Fatal("got no error")
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, readErr := os.ReadFile(golden)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if diff := cmp.Diff(string(want), err.Error()+"\n"); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "EXAMPLE0") {
				t.Error("got a secret in the error")
			}
		})
	}
}

func TestUnreadableFile(t *testing.T) {
	_, err := config.Load("testdata/nowhere.yaml")
	if want := "testdata/nowhere.yaml: reading the configuration: the file does not exist"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

// TestEveryKeyIsDocumented compares the keys of the configuration with those
// that docs/configuration.md has a row for.
func TestEveryKeyIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range configtest.Keys(reflect.TypeFor[config.Config]()) {
		if !strings.Contains(string(page), "| `"+key+"` |") {
			t.Errorf("docs/configuration.md: got no row for %q", key)
		}
	}
}
