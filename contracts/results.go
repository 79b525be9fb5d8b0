package contracts

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"homelab.io/vault-health-exporter/e2e/evidence"
)

// Record is a result and the digest of the interaction that it is about, so
// that it does not count for another one of the same name.
type Record struct {
	Result evidence.Result
	Digest string
}

// Results map a place, a pair and a description to what came of them.
type Results map[string]map[string]map[string]Record

// Digest identifies an interaction of a pact file.
func Digest(interaction json.RawMessage) string {
	var compact bytes.Buffer
	_ = json.Compact(&compact, interaction) // what is no JSON has a digest too
	sum := sha256.Sum256(compact.Bytes())
	return hex.EncodeToString(sum[:])
}

// Add notes a result.
func (r Results) Add(place, pair, description string, result Record) {
	if r[place] == nil {
		r[place] = map[string]map[string]Record{}
	}
	if r[place][pair] == nil {
		r[place][pair] = map[string]Record{}
	}
	r[place][pair][description] = result
}

// suitePrefix is what the name of a suite begins with that verifies the pacts at
// a place.
const suitePrefix = "contracts-"

// Suite is the name of the evidence of a place.
func Suite(place string) string { return suitePrefix + place }

// Rows are the results of a place as evidence.
func (r Results) Rows(place string) (rows []evidence.Row) {
	for pair, descriptions := range r[place] {
		for description, record := range descriptions {
			rows = append(rows, evidence.Row{Check: pair, Name: description, Result: record.Result, Digest: record.Digest})
		}
	}
	slices.SortFunc(rows, func(a, b evidence.Row) int { return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Name, b.Name)) })
	return rows
}

// ResultsOf are the results in the evidence of all places that was found in the
// tree; what is of another one is unknown.
func ResultsOf(records map[string]evidence.Record, tree string) Results {
	all := Results{}
	for suite, record := range records {
		place, ok := strings.CutPrefix(suite, suitePrefix)
		if !ok || record.Tree != tree {
			continue
		}
		for _, row := range record.Rows {
			all.Add(place, row.Check, row.Name, Record{Result: row.Result, Digest: row.Digest})
		}
	}
	return all
}
