//go:build pact

package contracts_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the recorded pacts into pacts/ instead of comparing them")

// comparePacts compares the pacts in the folder recorded, which began empty,
// with those that are checked in. Neither side may have a pact that the other
// lacks.
func comparePacts(t *testing.T, recorded string) {
	if *update {
		old, _ := filepath.Glob("pacts/*.json")
		for _, path := range old {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	names := map[string]bool{}
	for _, dir := range []string{recorded, "pacts"} {
		found, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			names[filepath.Base(path)] = true
		}
	}
	for name := range names {
		got := canonical(t, filepath.Join(recorded, name))
		if *update {
			if err := os.WriteFile(filepath.Join("pacts", name), got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(filepath.Join("pacts", name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("pacts/%s is not what the consumers rely on (-checked in, +recorded); if that is meant, run make contracts-update:\n%s", name, diff)
		}
	}
}

// canonical is a recorded pact without what would change from run to run: the
// order of the interactions, and who recorded it. A pact that was not recorded is empty.
func canonical(t *testing.T, path string) []byte {
	raw, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var pact map[string]any
	if err := json.Unmarshal(raw, &pact); err != nil {
		t.Fatal(err)
	}
	recorder, _ := pact["metadata"].(map[string]any)
	delete(recorder, "pact-go")
	delete(recorder, "pactRust")
	interactions, _ := pact["interactions"].([]any)
	slices.SortFunc(interactions, func(a, b any) int {
		return cmpText(a.(map[string]any)["description"], b.(map[string]any)["description"])
	})
	out, err := json.MarshalIndent(pact, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

func cmpText(a, b any) int { return strings.Compare(a.(string), b.(string)) }
