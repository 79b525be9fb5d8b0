// Package process sets what holds for a whole program that handles tokens.
package process

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Guard is called first by every main.
//
// No core is dumped, whatever the shell's limit is, and no other process of the
// same user may read this one's memory: tokens are in it. A kernel that knows
// neither is no reason not to run.
//
// Vault's client library reads VAULT_* wherever it makes a client, and makes
// none where it cannot read what they name. The configuration says everything
// about the Vaults, so the variables go; what a kubeconfig's plugin needs of
// them is set in the kubeconfig.
func Guard() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	undumpable()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "VAULT_") {
			_ = os.Unsetenv(name)
		}
	}
}
