package contracts_test

import (
	"slices"
	"testing"

	"homelab.io/vault-health-exporter/contracts"
)

// TestOnlyWhatNoLabHasIsLetThrough: a deployment waits for everything that
// Vault Community can be put into.
func TestOnlyWhatNoLabHasIsLetThrough(t *testing.T) {
	found := contracts.FoundElsewhere()
	for _, pair := range contracts.Pairs() {
		for _, interaction := range pair.Interactions() {
			elsewhere := contracts.Enterprise[interaction.State] || contracts.OpenBao[interaction.State]
			if slices.Contains(found, interaction.Description) != elsewhere {
				t.Errorf("%s: %q in the state %q: got let through %t, want %t", pair.Name(), interaction.Description, interaction.State, !elsewhere, elsewhere)
			}
		}
	}
}
