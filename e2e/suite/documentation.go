package suite

import (
	"context"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// documentable is a kind of thing that a person wants to read about: each by its
// name, and whether something is written of it.
type documentable struct {
	kind string
	find func(ctx context.Context, root string) (map[string]bool, error)
}

var documentables = []documentable{
	{"identifier", identifiers},
	{"configuration key", inPage("docs/configuration.md", func() []string { return configtest.Keys(reflect.TypeFor[config.Config]()) })},
	{"metric", inPage("docs/metrics.md", func() (names []string) {
		for _, m := range catalogue.Metrics() {
			names = append(names, m.Name)
		}
		return names
	})},
	{"reason", inPage("docs/metrics.md", func() (names []string) {
		for _, e := range reason.Catalogue() {
			names = append(names, string(e.Reason))
		}
		return names
	})},
	{"alert", runbooks},
	{"flag or command", usages},
}

// runDocumentation counts; each kind is a row, which names what lacks words.
func runDocumentation(ctx context.Context, b *Bench) error {
	return b.record(ctx, gate.SuiteDocumentation, func(r *evidence.Record, _ io.Writer) error {
		all, written := 0, 0
		for _, d := range documentables {
			found, err := d.find(ctx, b.Root)
			if err != nil {
				return fmt.Errorf("looking at each %s: %w", d.kind, err)
			}
			if len(found) == 0 {
				return fmt.Errorf("looking at each %s: got none", d.kind)
			}
			var lacking []string
			for _, name := range slices.Sorted(maps.Keys(found)) {
				if !found[name] {
					lacking = append(lacking, name)
				}
			}
			all, written = all+len(found), written+len(found)-len(lacking)
			row := evidence.Row{Check: "documented", Name: d.kind, Result: evidence.Verified}
			if len(lacking) > 0 {
				// The limit is of all together: what lacks words is named, and does not fail by itself.
				row.Why = fmt.Sprintf("%d of %d lack words: %s", len(lacking), len(found), strings.Join(lacking[:min(len(lacking), 10)], ", "))
			}
			r.Rows = append(r.Rows, row)
		}
		r.Values = []evidence.Value{{Name: "documentable", Value: float64(all), Unit: "things"}, {Name: "documented", Value: float64(written), Unit: "things"}}
		return nil
	})
}

// inPage looks for names in a page, each in code quotes.
func inPage(page string, names func() []string) func(context.Context, string) (map[string]bool, error) {
	return func(_ context.Context, root string) (map[string]bool, error) {
		content, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			return nil, err
		}
		found := map[string]bool{}
		for _, name := range names() {
			found[name] = strings.Contains(string(content), "`"+name+"`")
		}
		return found, nil
	}
}

// runbooks looks for the page of each alert.
func runbooks(_ context.Context, root string) (map[string]bool, error) {
	groups, err := alerts.Groups()
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, group := range groups {
		for _, rule := range group.Rules {
			if rule.Alert != "" {
				info, err := os.Stat(filepath.Join(root, "alerts/runbooks", rule.Alert+".md"))
				found[rule.Alert] = err == nil && info.Size() > 0
			}
		}
	}
	return found, nil
}

// usages looks for the help of each flag and command where it is defined.
func usages(_ context.Context, root string) (map[string]bool, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(root, "cmd"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Flag", "Command", "Arg"}, method.Sel.Name) {
				return true
			}
			name, isText := text(call.Args[0])
			help, _ := text(call.Args[1])
			if isText {
				found[filepath.Base(filepath.Dir(path))+" "+name] = help != ""
			}
			return true
		})
		return nil
	})
	return found, err
}

// text is the value of a literal.
func text(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}

// identifiers looks for the words before each exported constant, variable,
// function, type and method; words before a group are for all of it.
func identifiers(ctx context.Context, root string) (map[string]bool, error) {
	list := exec.CommandContext(ctx, "go", "list", "-tags=e2e,pact", "-f", "{{.ImportPath}}\t{{.Dir}}\t{{range .GoFiles}}{{.}} {{end}}{{range .CgoFiles}}{{.}} {{end}}", "./...")
	list.Dir = root
	listed, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages: %w", err)
	}
	found := map[string]bool{}
	for line := range strings.Lines(string(listed)) {
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 {
			continue
		}
		files := token.NewFileSet()
		var parsed []*ast.File
		for name := range strings.FieldsSeq(part[2]) {
			file, err := parser.ParseFile(files, filepath.Join(part[1], name), nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			parsed = append(parsed, file)
		}
		pkg, err := doc.NewFromFiles(files, parsed, part[0])
		if err != nil {
			return nil, err
		}
		exported(pkg, strings.TrimPrefix(part[0], module), found)
	}
	return found, nil
}

func exported(pkg *doc.Package, name string, found map[string]bool) {
	found[name] = pkg.Doc != ""
	if pkg.Name == "main" {
		return // nobody imports it
	}
	values := func(all []*doc.Value) {
		for _, v := range all {
			for _, spec := range v.Decl.Specs {
				one := spec.(*ast.ValueSpec)
				for _, n := range one.Names {
					if n.IsExported() {
						found[name+"."+n.Name] = v.Doc != "" || one.Doc.Text() != "" || one.Comment.Text() != ""
					}
				}
			}
		}
	}
	functions := func(all []*doc.Func, of string) {
		for _, f := range all {
			found[name+"."+of+f.Name] = f.Doc != ""
		}
	}
	values(pkg.Consts)
	values(pkg.Vars)
	functions(pkg.Funcs, "")
	for _, t := range pkg.Types {
		found[name+"."+t.Name] = t.Doc != ""
		values(t.Consts)
		values(t.Vars)
		functions(t.Funcs, "")
		functions(t.Methods, t.Name+".")
	}
}
