//go:build pact

package contracts_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/e2e/evidence"
)

// recorded is one interaction of a pact file.
type recorded struct {
	Description    string
	ProviderStates []struct{ Name contracts.State }
	Contents       struct {
		Content struct{ Argv []string }
	}
	Response struct{ Status int }
	raw      json.RawMessage
}

func (r recorded) state() contracts.State { return r.ProviderStates[0].Name }

func (r recorded) redirects() bool { return r.Response.Status >= 300 && r.Response.Status < 400 }

func (r recorded) record(result evidence.Result) contracts.Record {
	return contracts.Record{Result: result, Digest: contracts.Digest(r.raw)}
}

func (r recorded) argv() []string { return r.Contents.Content.Argv }

// readPact reads the pact file of a pair that is checked in.
func readPact(t *testing.T, pair contracts.Pair) (pact map[string]any, interactions []recorded) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("pacts", pair.Name()+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var parts struct{ Interactions []json.RawMessage }
	for _, into := range []any{&pact, &parts} {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range parts.Interactions {
		interaction := recorded{raw: part}
		if err := json.Unmarshal(part, &interaction); err != nil {
			t.Fatal(err)
		}
		if len(interaction.ProviderStates) != 1 {
			t.Fatalf("%s: got %d provider states, want 1", interaction.Description, len(interaction.ProviderStates))
		}
		interactions = append(interactions, interaction)
	}
	return pact, interactions
}
