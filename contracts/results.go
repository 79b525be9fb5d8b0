package contracts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Result is how one verification of one interaction ended.
type Result string

// The results. What is not in a file of results is unknown.
const (
	Verified Result = "verified"
	Failed   Result = "failed"
	NotRun   Result = "not run"
	Unknown  Result = "unknown"
)

// Outcome is the result of a verification that ran.
func Outcome(passed bool) Result {
	if passed {
		return Verified
	}
	return Failed
}

// Record is a result and the digest of the interaction that it is about, so
// that it does not count for another one of the same name.
type Record struct {
	Result Result `json:"result"`
	Digest string `json:"digest"`
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

// Save writes the results of each place into a file of its own.
func (r Results) Save(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("making the folder %q: %w", folder, err)
	}
	for place, pairs := range r {
		encoded, err := json.MarshalIndent(Results{place: pairs}, "", "  ")
		if err != nil {
			return fmt.Errorf("encoding the results of %q: %w", place, err)
		}
		path := filepath.Join(folder, place+".json")
		if err := os.WriteFile(path, append(encoded, '\n'), 0o644); err != nil {
			return fmt.Errorf("writing %q: %w", path, err)
		}
	}
	return nil
}

// LoadResults reads what Save wrote, for every place.
func LoadResults(folder string) (Results, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("looking into %q: %w", folder, err)
	}
	all := Results{}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading %q: %w", path, err)
		}
		var one Results
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, fmt.Errorf("reading %q: %w", path, err)
		}
		for place, pairs := range one {
			all[place] = pairs
		}
	}
	return all, nil
}
