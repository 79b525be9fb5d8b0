package contracts_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/exporter/token"
)

// credential is the form of what must not be in a pact: Vault's tokens of
// every kind and JSON web tokens.
var credential = regexp.MustCompile(`\b(?:hv[sbr]|[sbr])\.[A-Za-z0-9_-]{20,}|\beyJ[A-Za-z0-9_-]{10,}`)

// encodedValue is what may be a credential in base64.
var encodedValue = regexp.MustCompile(`[A-Za-z0-9+/]{24,}={0,2}`)

func TestPactsHoldNoToken(t *testing.T) {
	files, err := filepath.Glob("pacts/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d pacts (%v), want some", len(files), err)
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts := [][]byte{raw}
		for _, value := range encodedValue.FindAll(raw, -1) {
			if decoded, err := base64.StdEncoding.DecodeString(string(value)); err == nil {
				texts = append(texts, decoded)
			}
		}
		for _, text := range texts {
			for _, found := range credential.FindAll(text, -1) {
				if string(found) != contracts.ExampleToken {
					t.Errorf("%s: got a value of %d bytes that looks like a token and is not the documented example", path, len(found))
				}
			}
		}
	}
}

func TestTheExampleHasATokensForm(t *testing.T) {
	if _, err := token.Parse([]byte(contracts.ExampleToken)); err != nil {
		t.Error(err)
	}
}

// TestADescriptionMeansOneInteraction holds what pact files rely on: within a
// pair, a description is of one request in one state with one answer.
func TestADescriptionMeansOneInteraction(t *testing.T) {
	for _, pair := range contracts.Pairs() {
		for _, exchange := range pair.Exchanges {
			for _, interaction := range exchange.Interactions {
				same, err := pair.Find(interaction.Description)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(same, interaction); diff != "" {
					t.Errorf("%s: %q means two interactions: %s", pair.Name(), interaction.Description, diff)
				}
			}
		}
	}
}
