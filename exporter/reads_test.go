package exporter_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mayChange lists every place of the exporter that sends a server more than a
// GET, and why it changes nothing there that lasts, but for the one object that
// is the exporter's own.
var mayChange = map[string]string{
	"upstream/vault_login.go: MethodPut":   "logs in, and out again",
	"upstream/vault_login.go: Call":        "ends the client's own login",
	"upstream/vault_pki.go: MethodPut":     "has a certificate signed, with no_store",
	"upstream/vault_transit.go: Call":      "decrypts the canary",
	"upstream/vault_transit.go: MethodPut": "decrypts the canary",
	"upstream/docker_exec.go: MethodPost":  "runs cat",
	"upstream/call.go: MethodPatch":        "names the media type of whatever a PATCH sends",
	"upstream/kubernetes.go: Call":         "a GET",
	"upstream/kubernetes_list.go: Call":    "a GET",
	"hop/docker_exec.go: Exec":             "runs cat",
	"leader/api.go: Call":                  "a GET of its own Lease, and the two below",
	"leader/api.go: MethodPost":            "makes its own Lease, with --leader-election only",
	"leader/api.go: MethodPut":             "renews, takes or gives up its own Lease, with --leader-election only",
}

// changing are the names of what may send more than a GET: of the libraries'
// methods and of our own clients'.
var changing = regexp.MustCompile(`^(Call|Exec$|RawRequest|Write|Put|Patch|JSONMergePatch|Post|Delete|Create|Revoke|Renew|` +
	`Destroy|Undelete|Rollback|Unwrap|Wrap|Seal|Unseal|Container[^I]|Image|Volume|Network|Plugin|Swarm|Exec[^I])`)

// TestTheExporterOnlyReads holds that what mints, revokes and writes is in none
// of the exporter's packages.
func TestTheExporterOnlyReads(t *testing.T) {
	found := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata":
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		for _, name := range changes(t, path) {
			key := fmt.Sprintf("%s: %s", filepath.ToSlash(path), name)
			found[key] = mayChange[key]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(mayChange, found); diff != "" {
		t.Errorf("what sends more than a GET (-may, +does); what writes belongs into cmd/token-broker/upstream:\n%s", diff)
	}
}

// changes returns what of changing a file calls or names.
func changes(t *testing.T, path string) (names []string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.CallExpr:
			method, ok := node.Fun.(*ast.SelectorExpr)
			if ok && takesContext(node) && changing.MatchString(method.Sel.Name) {
				names = append(names, method.Sel.Name)
			}
		case *ast.SelectorExpr:
			if pkg, ok := node.X.(*ast.Ident); ok && pkg.Name == "http" && node.Sel.Name != "MethodGet" && (strings.HasPrefix(node.Sel.Name, "Method") || strings.HasPrefix(node.Sel.Name, "Post")) {
				names = append(names, node.Sel.Name)
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(node.Value); err == nil && slices.Contains([]string{"POST", "PUT", "PATCH", "DELETE"}, text) {
				names = append(names, text)
			}
		}
		return true
	})
	return names
}

// takesContext tells a request from a method on memory only.
func takesContext(call *ast.CallExpr) bool {
	if len(call.Args) == 0 {
		return false
	}
	first, ok := call.Args[0].(*ast.Ident)
	return ok && first.Name == "ctx"
}
