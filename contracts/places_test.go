//go:build pact && e2e

package contracts_test

import (
	"testing"

	"homelab.io/vault-health-exporter/contracts"
)

// TestTheEmbeddedHomelabDoesNotLie compares what came of each interaction at
// the embedded homelab and at the lab: one that holds at the one and not at
// the other is a difference between the fake and the real server.
func TestTheEmbeddedHomelabDoesNotLie(t *testing.T) {
	results, err := contracts.LoadResults(resultsFolder)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for pair, interactions := range results["lab"] {
		for description, real := range interactions {
			fake := results["demo"][pair][description]
			if real.Result == contracts.NotRun || fake.Result != contracts.Verified && fake.Result != contracts.Failed || fake.Digest != real.Digest {
				continue
			}
			compared++
			if fake.Result != real.Result {
				t.Errorf("%s: %s: got %s at the embedded homelab and %s at the lab", pair, description, fake.Result, real.Result)
			}
		}
	}
	t.Logf("compared %d interactions", compared)
	if compared == 0 {
		t.Error("got nothing to compare; run TestDemo and TestLab before")
	}
}
