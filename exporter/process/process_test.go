package process_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"homelab.io/vault-health-exporter/exporter/process"
)

// TestNoCore: a core held two dozen copies of the token.
func TestNoCore(t *testing.T) {
	process.Guard()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
		t.Errorf("got a core of %d bytes allowed and %v, want none", limit.Cur, err)
	}
}
