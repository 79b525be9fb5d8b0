package features_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/features"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// mount writes a directory as the kubelet does: the keys are links into a
// directory that is replaced as a whole.
func mount(t *testing.T, keys map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	data := filepath.Join(dir, "..2026_11_21")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..2026_11_21", filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	for key, value := range keys {
		if err := os.WriteFile(filepath.Join(data, key), []byte(value), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("..data/"+key, filepath.Join(dir, key)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func keys(change ...string) map[string]string {
	all := map[string]string{
		features.KeyAutomatic: "true", features.KeyFallbackToManual: "false", features.KeyHealthCheckTimeout: "30s",
		"a-key-of-another-program": "x",
	}
	for i := 0; i+1 < len(change); i += 2 {
		all[change[i]] = change[i+1]
	}
	return all
}

func TestLoad(t *testing.T) {
	got, err := features.Load(mount(t, keys(features.KeyFallbackToManual, "true\n")))
	want := features.Flags{Automatic: true, FallbackToManual: true, HealthCheckTimeout: 30 * time.Second}
	if err != nil || got != want {
		t.Errorf("got %+v and %v, want %+v", got, err, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	missing := keys()
	delete(missing, features.KeyAutomatic)
	for _, tc := range []struct {
		name string
		keys map[string]string
		want string
	}{
		{"a missing key", missing, `enable-auto-qnap-token": config`},
		{"another word for true", keys(features.KeyAutomatic, "yes"), "got 3 characters, want true or false"},
		{"upper case", keys(features.KeyFallbackToManual, "True"), "got 4 characters, want true or false"},
		{"nothing", keys(features.KeyFallbackToManual, ""), "got 0 characters, want true or false"},
		{"a number without unit", keys(features.KeyHealthCheckTimeout, "30"), "got 2 characters, want a duration of more than 0s"},
		{"no time at all", keys(features.KeyHealthCheckTimeout, "0s"), "got 2 characters, want a duration of more than 0s"},
		{"a token", keys(features.KeyAutomatic, "hvs.EXAMPLE0example0EXAMPLE0"), "got 28 characters, want true or false"},
		{"a token for a time", keys(features.KeyHealthCheckTimeout, "hvs.EXAMPLE0example0EXAMPLE0"), "got 28 characters, want a duration"},
		{"far too much", keys(features.KeyAutomatic, strings.Repeat("true", 100)), "got more than 64 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := features.Load(mount(t, tc.keys))
			if err == nil || !strings.Contains(err.Error(), tc.want) || reason.Of(err) != reason.Config || strings.Contains(err.Error(), "EXAMPLE0") {
				t.Errorf("got %v (%s), want %q and config", err, reason.Of(err), tc.want)
			}
		})
	}
}
