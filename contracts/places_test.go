//go:build pact && e2e

package contracts_test

import (
	"path/filepath"
	"testing"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/e2e/evidence"
)

// TestTheEmbeddedHomelabDoesNotLie compares what came of each interaction at
// the embedded homelab and at the lab: one that holds at the one and not at
// the other is a difference between the fake and the real server.
func TestTheEmbeddedHomelabDoesNotLie(t *testing.T) {
	records, err := evidence.Read(filepath.Join(repository, evidence.Folder))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := evidence.TreeDigest(t.Context(), repository)
	if err != nil {
		t.Fatal(err)
	}
	results := contracts.ResultsOf(records, tree)
	compared := 0
	for pair, interactions := range results["lab"] {
		for description, real := range interactions {
			fake := results["demo"][pair][description]
			if real.Result == evidence.NotRun || fake.Result != evidence.Verified && fake.Result != evidence.Failed || fake.Digest != real.Digest {
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
