package hop

import (
	"context"
	"sync"

	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// known is which Vault belongs at an address: the one that was there when the
// exporter's credentials were accepted first. Who was merely there first may be
// the wrong one, and the right one must not be called another when it is back.
// What is known ends with the process; the metric of the identity outlives that.
type known struct {
	// unproven says that nothing proves a Vault here, so that the first is taken.
	unproven bool

	mu          sync.Mutex
	here, right uint64 // 0 is nobody yet
}

// judge fails where another Vault answers than belongs there: a NAS that was
// installed anew, or a wrong DNS entry.
func (k *known) judge(address string, state *upstream.VaultState) error {
	if state == nil || state.Identity == 0 {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.here = state.Identity
	if k.unproven && k.right == 0 {
		k.right = k.here
	}
	if k.right == 0 || k.right == k.here {
		return nil
	}
	return reason.Errorf(reason.OtherVault, "asking for the health of Vault %q: got another cluster than the one that accepted our credentials", address)
}

// accepted notes that the Vault which is there accepted the exporter's
// credentials.
func (k *known) accepted() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.right == 0 {
		k.right = k.here
	}
}

// proving has a check that uses credentials prove which Vault is there.
func (k *known) proving(check Check) Check {
	return func(ctx context.Context) (Reading, error) {
		r, err := check(ctx)
		if err == nil {
			k.accepted()
		}
		return r, err
	}
}

// whichVault is what is exported of which Vault answers: its version and, where it
// says it, its identity.
func whichVault(vault string, state *upstream.VaultState) []catalogue.Fact {
	facts := []catalogue.Fact{catalogue.Number(catalogue.VaultInfo, 1, vault, state.Version)}
	if state.Identity != 0 {
		facts = append(facts, catalogue.Number(catalogue.VaultIdentity, float64(state.Identity), vault))
	}
	return facts
}
