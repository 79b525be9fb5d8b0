package images

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// cacheWith returns a cache with one archive of the program, and its checksums.
func cacheWith(t *testing.T, sums string) kitchen {
	t.Helper()
	cache := t.TempDir()
	archive := "program-v1-" + runtime.GOOS + "-" + runtime.GOARCH + ".zst"
	for name, content := range map[string]string{archive: "not an archive", "SHA256SUMS": strings.ReplaceAll(sums, "ARCHIVE", archive)} {
		err := os.WriteFile(filepath.Join(cache, name), []byte(content), 0o600)
		if err != nil {
			t.Fatal(err)
		}
	}
	return kitchen{cache: cache}
}

func TestCacheIsNotTrusted(t *testing.T) {
	tests := map[string]struct{ sums, want string }{
		"another checksum": {"0123  ARCHIVE\n", "want 0123"},
		"no checksum":      {"0123  another\n", "not in SHA256SUMS"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := cacheWith(t, test.sums).cached(binary{file: "program", version: "v1"}, filepath.Join(t.TempDir(), "program"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want it to contain %q", err, test.want)
			}
		})
	}
}

func TestCacheIsOptional(t *testing.T) {
	err := kitchen{cache: filepath.Join(t.TempDir(), "absent")}.cached(binary{file: "program", version: "v1"}, "")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v, want %v", err, fs.ErrNotExist)
	}
}
