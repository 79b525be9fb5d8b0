package homelab_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
)

// start starts a homelab whose copiers run only when the test says so.
func start(t *testing.T) (*homelab.Homelab, config.Flow) {
	t.Helper()
	home := homelabtest.Start(t, homelab.Options{Interval: 10 * time.Second, CopyInterval: time.Hour})
	return home.Homelab, home.Flow
}

func breakNow(t *testing.T, lab *homelab.Homelab, name string) {
	t.Helper()
	if err := lab.Break(name); err != nil {
		t.Fatal(err)
	}
}

func heal(t *testing.T, lab *homelab.Homelab, name string) {
	t.Helper()
	if err := lab.Heal(name); err != nil {
		t.Fatal(err)
	}
}

func TestFilesArePrivate(t *testing.T) {
	_, flow := start(t)
	dir := filepath.Dir(flow.NAS.Vault.TLS.CAFile)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode of the folder: got %v (%v), want 0700", info.Mode().Perm(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 7 {
		t.Errorf("got %d files, want 7", len(entries))
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode of %q: got %v, want 0600", entry.Name(), info.Mode().Perm())
		}
	}
}

func TestRelativeFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	lab, err := homelab.Start("lab", homelab.Options{Interval: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close()
	cfg := homelabtest.Load(t, lab).Flow
	t.Chdir(t.TempDir())
	if got := sees(observe(t, hop.Build(cfg, nil), patience(""))); got != "" {
		t.Errorf("from another folder: got %q, want green", got)
	}
}
