package privatefile

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config/configtest"
)

// TestAFolderThatIsAPipeIsNotWaitedFor: it hung who wrote a token there.
func TestAFolderThatIsAPipeIsNotWaitedFor(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(pipe, "token")
	err := configtest.InTime(t, func() error { return Write(path, []byte("x")) })
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %q", err, path)
	}
}
