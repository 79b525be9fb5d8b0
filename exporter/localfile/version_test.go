package localfile_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/localfile"
)

// TestVersion: each way in which a file is replaced makes it another one.
func TestVersion(t *testing.T) {
	before := time.Now().Add(-time.Hour)
	for _, tc := range []struct {
		name   string
		change func(t *testing.T, path string)
		want   bool
	}{
		{"left alone", func(*testing.T, string) {}, true},
		{"written to", func(t *testing.T, path string) { put(t, path, "other", before.Add(time.Minute)) }, false},
		{"longer at the same time", func(t *testing.T, path string) { put(t, path, "longer", before) }, false},
		{"renamed over, alike in size and time", func(t *testing.T, path string) {
			put(t, path+".new", "other", before)
			must(t, os.Rename(path+".new", path))
		}, false},
		{"a link turned, as Kubernetes does", func(t *testing.T, path string) {
			put(t, path+".new", "other", before)
			must(t, os.Remove(path))
			must(t, os.Symlink(path+".new", path))
		}, false},
		{"removed", func(t *testing.T, path string) { must(t, os.Remove(path)) }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			put(t, path, "first", before)
			v := localfile.VersionOf(path)
			tc.change(t, path)
			if got := v.Current(); got != tc.want {
				t.Errorf("got %t, want %t", got, tc.want)
			}
		})
	}
}

// TestAFileOfThisMomentHasNoVersion: what changes it next may look the same.
func TestAFileOfThisMomentHasNoVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	put(t, path, "first", time.Now().Add(time.Minute)) // by the clock of a NAS
	for _, v := range []localfile.Version{localfile.VersionOf(path), localfile.VersionOf(path + ".missing"), {}} {
		if v.Current() {
			t.Errorf("got %+v current, want none", v)
		}
	}
}

func put(t *testing.T, path, content string, at time.Time) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o600))
	must(t, os.Chtimes(path, at, at))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
