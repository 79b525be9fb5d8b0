package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutation is one thing that can be broken.
type mutation struct {
	// id is the file, the function and what is changed in it, which stays the
	// same while lines come and go.
	id string
	// given is the reason whose place it is; "" of a condition.
	given string
}

// rewriter puts switches into one file.
type rewriter struct {
	name   string // of the file, from the root
	source []byte
	files  *token.FileSet
	pkg    string // what the package reason is called here, with a dot
	edits  []edit
	made   []mutation
	taken  map[string]int
}

// edit is what is put in at a place. Where two meet, what is opened follows what
// is closed, the longer is opened first and the shorter closed first.
type edit struct {
	at   int
	text string
	long int // until the other end; negative where it closes
}

// visitor looks at a node and at what is above it.
type visitor func(r *rewriter, n ast.Node, above []ast.Node)

// rewrite parses the file and has visit look at every node with what is above it.
func rewrite(root, name string, visit visitor) (*rewriter, error) {
	source, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	r := &rewriter{name: name, source: source, files: token.NewFileSet(), pkg: "reason.", taken: map[string]int{}}
	file, err := parser.ParseFile(r.files, name, source, 0)
	if err != nil {
		return nil, fmt.Errorf("parsing %q: %w", name, err)
	}
	if file.Name.Name == "reason" {
		r.pkg = ""
	}
	var above []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			above = above[:len(above)-1]
			return true
		}
		visit(r, n, above)
		above = append(above, n)
		return true
	})
	return r, nil
}

// wrap puts the expression into a call of one of the switches.
func (r *rewriter) wrap(e ast.Expr, above []ast.Node, call, given string) {
	text := strings.Join(strings.Fields(string(r.source[r.offset(e.Pos()):r.offset(e.End())])), " ")
	id := fmt.Sprintf("%s %s: %s", r.name, function(above), text)
	if call == "Drop" {
		id += ", dropped"
	}
	r.taken[id]++
	if n := r.taken[id]; n > 1 {
		id += fmt.Sprintf(" (%d)", n)
	}
	r.made = append(r.made, mutation{id, given})
	r.around(e, fmt.Sprintf("%s%s(%q, ", r.pkg, call, id), ")")
}

// around puts text before and behind an expression.
func (r *rewriter) around(e ast.Expr, before, behind string) {
	from, to := r.offset(e.Pos()), r.offset(e.End())
	r.edits = append(r.edits, edit{from, before, to - from}, edit{to, behind, from - to})
}

func (r *rewriter) offset(p token.Pos) int { return r.files.Position(p).Offset }

// result is the file with its switches.
func (r *rewriter) result() []byte {
	edits := slices.Clone(r.edits)
	slices.SortStableFunc(edits, func(a, b edit) int {
		switch {
		case a.at != b.at:
			return a.at - b.at
		case (a.long < 0) != (b.long < 0): // closing comes first
			return a.long - b.long
		}
		return b.long - a.long
	})
	var out []byte
	from := 0
	for _, e := range edits {
		out = append(append(out, r.source[from:e.at]...), e.text...)
		from = e.at
	}
	return append(out, r.source[from:]...)
}

// function names what the nodes stand in.
func function(above []ast.Node) string {
	for _, n := range above {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return n.Name.Name
		case *ast.ValueSpec:
			return n.Names[0].Name
		}
	}
	return "file"
}
