// Package evidence is the one form in which suites keep what they found, and in
// which the quality gate reads it: one file of JSON a suite. What is in no file
// is unknown, and so is what was found in other sources than those that are here.
package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Schema is the version of the files. It changes when a reader of an older one
// would misunderstand them; fields are added without.
const Schema = 1

// Folder is where suites keep their files, below the tree's root.
const Folder = ".build/evidence"

// Result is how one check ended.
type Result string

// The results, the worst last. Of a whole the worst counts.
const (
	Verified Result = "verified"
	NotRun   Result = "not run"
	Unknown  Result = "unknown"
	Failed   Result = "failed"
)

// Outcome is the result of a check that ran to its end.
func Outcome(passed bool) Result {
	if passed {
		return Verified
	}
	return Failed
}

// Record is what one suite found.
type Record struct {
	Schema int    `json:"schema"`
	Suite  string `json:"suite"`
	// Tree is the digest of the sources that it was found in, see TreeDigest.
	Tree string `json:"tree"`
	// Seed plays the suite again; 0 where nothing in it is random.
	Seed   uint64    `json:"seed,omitempty"`
	Began  time.Time `json:"began"`
	Ended  time.Time `json:"ended"`
	Rows   []Row     `json:"rows"`
	Values []Value   `json:"values,omitempty"`
	// Files are others that the suite has written, below the tree's root.
	Files []string `json:"files,omitempty"`
}

// Row is what came of one check of one thing.
type Row struct {
	Check  string `json:"check"`
	Name   string `json:"name"`
	Result Result `json:"result"`
	// Why is for people: what was got and wanted, in one line. Empty for what is verified.
	Why string `json:"why,omitempty"`
	// Digest identifies what was checked, where a name does not.
	Digest string `json:"digest,omitempty"`
}

// Value is a measured figure.
type Value struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	// Unit is a base unit of Prometheus' (seconds, bytes, ratio) or what is counted.
	Unit string `json:"unit"`
}

// Value finds a measured figure by its name.
func (r Record) Value(name string) (Value, bool) {
	for _, v := range r.Values {
		if v.Name == name {
			return v, true
		}
	}
	return Value{}, false
}

// Of returns the rows of one check.
func (r Record) Of(check string) []Row {
	var rows []Row
	for _, row := range r.Rows {
		if row.Check == check {
			rows = append(rows, row)
		}
	}
	return rows
}

// Write writes the record into the folder, whole or not at all.
func (r Record) Write(folder string) error {
	r.Schema = Schema
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("making the folder %q: %w", folder, err)
	}
	encoded, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the evidence of %q: %w", r.Suite, err)
	}
	path := Path(folder, r.Suite)
	err = os.WriteFile(path+".partial", append(encoded, '\n'), 0o600)
	if err == nil {
		err = os.Rename(path+".partial", path)
	}
	if err != nil {
		return fmt.Errorf("writing the evidence of %q: %w", r.Suite, err)
	}
	return nil
}

// Path is where the record of a suite is in a folder.
func Path(folder, suite string) string { return filepath.Join(folder, suite+".json") }

// Begin begins a suite's record of the tree below root, and forgets what was
// found before: until the suite has finished it is unknown.
func Begin(ctx context.Context, root, suite string) (Record, error) {
	tree, err := TreeDigest(ctx, root)
	if err != nil {
		return Record{}, err
	}
	err = os.Remove(Path(filepath.Join(root, Folder), suite))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Record{}, fmt.Errorf("forgetting the evidence of %q: %w", suite, err)
	}
	return Record{Suite: suite, Tree: tree, Began: time.Now().UTC()}, nil
}

// Finish writes what the suite has found. Of a tree that was changed meanwhile
// nobody knows what the rows are about: its evidence is that of no tree.
func (r Record) Finish(ctx context.Context, root string) error {
	tree, err := TreeDigest(ctx, root)
	if err != nil {
		return err
	}
	if tree != r.Tree {
		r.Tree = Changed
	}
	r.Ended = time.Now().UTC()
	return r.Write(filepath.Join(root, Folder))
}

// Changed stands for the digest of sources that were changed while a suite ran.
const Changed = "changed while the suite ran"

// Read reads what Write has written, by the suites' names. A folder that is not
// there holds nothing; a file that is no evidence is an error, not unknown: it
// may hold a failure.
func Read(folder string) (map[string]Record, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("looking for evidence in %q: %w", folder, err)
	}
	all := map[string]Record{}
	for _, path := range paths {
		r, err := readFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading the evidence %q: %w", path, err)
		}
		all[r.Suite] = r
	}
	return all, nil
}

func readFile(path string) (r Record, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return r, err
	}
	name := strings.TrimSuffix(filepath.Base(path), ".json")
	switch {
	case r.Schema != Schema:
		return r, fmt.Errorf("got schema %d, want %d", r.Schema, Schema)
	case r.Suite != name:
		return r, fmt.Errorf("got the suite %q, want %q as the file is called", r.Suite, name)
	}
	for _, row := range r.Rows {
		switch row.Result {
		case Verified, NotRun, Unknown, Failed:
		default:
			return r, fmt.Errorf("reading row %q of check %q: got the result %q, want verified, not run, unknown or failed", row.Name, row.Check, row.Result)
		}
	}
	return r, nil
}
