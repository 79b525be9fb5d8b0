package gate

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// elsewhere are functions of tests that skip and are not on request: whoever runs
// them gives them what they need, or they leave out what the machine has not.
var elsewhere = map[string]string{
	"TestPromtool":   "the gate's suite of alerts gives it promtool",
	"TestLive":       "make contracts-live names a homelab; no suite of the gate runs it",
	"TestVaultImage": "make contracts-vault names an image; no suite of the gate runs it",
	"copiesInMemory": "a process that may not read its own memory; one skipped test is a No-Go",
}

// TestWhatSkipsIsOnRequest: a test that skipped without a flag, and that was not in
// the list, made a run of half an hour a No-Go at its end.
func TestWhatSkipsIsOnRequest(t *testing.T) {
	found := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2:
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && skips(f) {
				found[f.Name.Name] = true
				if !slices.Contains(onRequest, f.Name.Name) && elsewhere[f.Name.Name] == "" {
					t.Errorf("%s: %s skips, and is neither on request nor explained: the gate would be No-Go", path, f.Name.Name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range onRequest {
		if !found[name] {
			t.Errorf("%s is on request and does not skip", name)
		}
	}
}

// skips reports whether a function may skip its test.
func skips(f *ast.FuncDecl) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := call.X.(*ast.Ident); ok && of.Name == "t" && strings.HasPrefix(call.Sel.Name, "Skip") {
				found = true
			}
		}
		return !found
	})
	return found
}
