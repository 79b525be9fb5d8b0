package main

import (
	"go/parser"
	"go/token"
	"os"
	"testing"
)

// TestMutations: every mutation has a name of its own, what is written parses, and
// no survivor is explained that is none.
func TestMutations(t *testing.T) {
	names := map[string]bool{}
	for class, c := range classes {
		made, err := newTree("../..", t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		visit, err := c.visit("../..")
		if err != nil {
			t.Fatal(err)
		}
		if err := made.mutate(visit, c.files...); err != nil {
			t.Fatal(err)
		}
		for _, m := range made.mutations {
			if names[m.id] {
				t.Errorf("%s: got it twice", m.id)
			}
			names[m.id] = true
		}
		for _, path := range made.replace {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.ParseFile(token.NewFileSet(), path, source, 0); err != nil {
				t.Error(err)
			}
		}
		t.Logf("%s: %d mutations", class, len(made.mutations))
	}
	for _, m := range alertMutations() {
		names[m.id()] = true
	}
	for id := range survivors {
		if !names[id] {
			t.Errorf("%s: it is explained and there is no such mutation", id)
		}
	}
}
