package hop

import (
	"sync/atomic"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// sameVault returns a judge that fails where another Vault answers than did
// first: a NAS that was installed anew, or a wrong DNS entry. What it knows ends
// with the process; the metric of the identity outlives that.
func sameVault(address string) func(*upstream.VaultState) error {
	var first atomic.Uint64
	return func(state *upstream.VaultState) error {
		if state == nil || state.Identity == 0 || first.CompareAndSwap(0, state.Identity) || first.Load() == state.Identity {
			return nil
		}
		return reason.Errorf(reason.OtherVault, "asking for the health of Vault %q: got another cluster than the first time", address)
	}
}
