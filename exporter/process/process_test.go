package process_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"homelab.io/vault-health-exporter/exporter/process"
)

// TestNoCoreAndNoVaultVariables: a core held two dozen copies of the token, and
// VAULT_CACERT of the shell broke every client.
func TestNoCoreAndNoVaultVariables(t *testing.T) {
	t.Setenv("VAULT_CACERT", "/no/such.pem")
	t.Setenv("VAULTED", "another program's")
	process.Guard()
	if _, set := os.LookupEnv("VAULT_CACERT"); set {
		t.Error("got VAULT_CACERT left in the environment")
	}
	if os.Getenv("VAULTED") == "" {
		t.Error("got a variable removed that is not the library's")
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
		t.Errorf("got a core of %d bytes allowed and %v, want none", limit.Cur, err)
	}
}
