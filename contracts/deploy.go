package contracts

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"homelab.io/vault-health-exporter/e2e/evidence"
)

// Missing is a result that keeps a deployment back.
type Missing struct {
	Pair, Description string
	Result            evidence.Result
}

// CanDeploy says what keeps a deployment back that relies on every interaction
// of the pacts being verified at one of the places at least, and failed at none.
// What one of them has no result of, or one of another interaction, is unknown,
// and unknown is no: no place speaks for another. An interaction whose state no
// place can be put into is let through only by its description.
func CanDeploy(pacts Pacts, results Results, places, accepted []string) []Missing {
	var missing []Missing
	for pair, interactions := range pacts {
		for description, digest := range interactions {
			found := evidence.Unknown
			if len(places) > 0 {
				found = at(results, places, pair, description, digest)
			}
			if found != evidence.Verified && !(found == evidence.NotRun && slices.Contains(accepted, description)) {
				missing = append(missing, Missing{Pair: pair, Description: description, Result: found})
			}
		}
	}
	slices.SortFunc(missing, func(a, b Missing) int {
		return slices.Compare([]string{a.Pair, a.Description}, []string{b.Pair, b.Description})
	})
	return missing
}

// at is what all of the places together say of an interaction.
func at(results Results, places []string, pair, description, digest string) evidence.Result {
	seen := map[evidence.Result]bool{}
	for _, place := range places {
		record, known := results[place][pair][description]
		if !known || record.Digest != digest {
			record.Result = evidence.Unknown
		}
		seen[record.Result] = true
	}
	for _, result := range []evidence.Result{evidence.Failed, evidence.Unknown, evidence.Verified} {
		if seen[result] {
			return result
		}
	}
	return evidence.NotRun
}

// Pacts map a pair and a description to the interaction's digest.
type Pacts map[string]map[string]string

// LoadPacts reads the pact files in a folder.
func LoadPacts(folder string) (Pacts, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("looking for pacts in %q: got %d files", folder, len(files))
	}
	pacts := Pacts{}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading %q: %w", path, err)
		}
		var pact struct{ Interactions []json.RawMessage }
		if err := json.Unmarshal(raw, &pact); err != nil {
			return nil, fmt.Errorf("reading %q: %w", path, err)
		}
		pair := strings.TrimSuffix(filepath.Base(path), ".json")
		pacts[pair] = map[string]string{}
		for _, interaction := range pact.Interactions {
			var named struct{ Description string }
			if err := json.Unmarshal(interaction, &named); err != nil {
				return nil, fmt.Errorf("reading %q: %w", path, err)
			}
			pacts[pair][named.Description] = Digest(interaction)
		}
	}
	return pacts, nil
}

// WriteTable writes how many interactions of each pair were verified at each
// place.
func WriteTable(w io.Writer, pacts Pacts, results Results, places []string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "PAIR\t%s\n", strings.Join(places, "\t"))
	for _, pair := range slices.Sorted(maps.Keys(pacts)) {
		fmt.Fprint(table, pair)
		for _, place := range places {
			count := map[evidence.Result]int{}
			for description, digest := range pacts[pair] {
				record := results[place][pair][description]
				if record.Digest != digest {
					record.Result = evidence.Unknown
				}
				count[record.Result]++
			}
			fmt.Fprintf(table, "\tverified %d/%d", count[evidence.Verified], len(pacts[pair]))
			for _, other := range []evidence.Result{evidence.Failed, evidence.NotRun, evidence.Unknown} {
				if count[other] > 0 {
					fmt.Fprintf(table, ", %s %d", other, count[other])
				}
			}
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}
