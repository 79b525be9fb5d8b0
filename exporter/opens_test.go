package exporter_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mayOpen lists every place of the two programs that opens a file by itself, and
// why it does not wait there for what is no regular one.
var mayOpen = map[string]string{
	"exporter/localfile/localfile.go: os.OpenFile":           "the one place for what a person names",
	"exporter/localfile/folder.go: os.OpenFile":              "a folder and nothing else",
	"exporter/localfile/stream.go: os.Open":                  "waits for a pipe until a signal comes",
	"exporter/tempdir/tempdir.go: syscall.Open":              "a folder and nothing else",
	"cmd/internal/privatefile/privatefile.go: os.OpenFile":   "a folder, and a file that it makes itself",
	"cmd/internal/privatefile/unnamed_linux.go: os.OpenFile": "a file that it makes itself",
	"exporter/upstream/kubeconfig.go: rest.InClusterConfig":  "what the kubelet mounts; nobody names it",
}

// opening are the functions that open a file, ours or in a library.
var opening = regexp.MustCompile(`^(syscall\.Open|os\.(Open|OpenFile|ReadFile|OpenInRoot|OpenRoot|DirFS)|tls\.LoadX509KeyPair|rest\.InClusterConfig|clientcmd\.(BuildConfigFromFlags|LoadFromFile|NewDefaultClientConfigLoadingRules))$`)

// TestFilesAreOpenedInOnePlace holds that a new key which names a file cannot
// hang the program: os.ReadFile waits for a pipe, deaf to deadlines and signals.
func TestFilesAreOpenedInOnePlace(t *testing.T) {
	found := map[string]string{}
	for _, root := range []string{".", "../cmd"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "configtest"):
				return filepath.SkipDir
			case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(node ast.Node) bool {
				selected, ok := node.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				pkg, ok := selected.X.(*ast.Ident)
				if ok && opening.MatchString(pkg.Name+"."+selected.Sel.Name) {
					key := strings.TrimPrefix(filepath.ToSlash(filepath.Join("exporter", path)), "exporter/../") + ": " + pkg.Name + "." + selected.Sel.Name
					found[key] = mayOpen[key]
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(mayOpen, found); diff != "" {
		t.Errorf("what opens a file by itself (-may, +does); what a person names is read by exporter/localfile:\n%s", diff)
	}
}
