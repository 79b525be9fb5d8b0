package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
)

// constants are the reasons, by the names that they have in Go.
func constants(root string) (map[string]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "exporter/reason/reason.go"), nil, 0)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Reason" {
				names[spec.Names[0].Name], _ = strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			}
		}
		return true
	})
	return names, nil
}

// givenReasons finds each place where a reason is given: not where one is only
// compared with.
func givenReasons(known map[string]string) visitor {
	return func(r *rewriter, n ast.Node, above []ast.Node) {
		e, ok := n.(ast.Expr)
		if !ok || len(above) == 0 {
			return
		}
		parent, name := above[len(above)-1], ""
		switch e := e.(type) {
		case *ast.SelectorExpr:
			if pkg, ok := e.X.(*ast.Ident); ok && pkg.Name == "reason" && r.pkg != "" {
				name = e.Sel.Name
			}
		case *ast.Ident:
			if _, selected := parent.(*ast.SelectorExpr); r.pkg == "" && !selected {
				name = e.Name
			}
		}
		if known[name] == "" || compared(parent, e) {
			return
		}
		r.wrap(e, above, "Other", known[name])
	}
}

// compared reports whether the expression is one side of a comparison.
func compared(parent ast.Node, e ast.Expr) bool {
	switch parent := parent.(type) {
	case *ast.BinaryExpr:
		return true
	case *ast.CaseClause:
		return slices.Contains(parent.List, e)
	}
	return false
}

// conditions finds each condition: of an if, of a case, and on each side of an
// "and" or an "or"; and each row of the table of consequences.
func conditions(r *rewriter, n ast.Node, above []ast.Node) {
	switch n := n.(type) {
	case *ast.IfStmt:
		r.wrap(n.Cond, append(above, n), "Not", "")
	case *ast.CaseClause:
		outer, ok := above[len(above)-2].(*ast.SwitchStmt)
		for _, e := range n.List {
			if ok && outer.Tag == nil {
				r.wrap(e, append(above, n), "Drop", "")
			}
		}
	case *ast.BinaryExpr:
		if n.Op != token.LAND && n.Op != token.LOR {
			return
		}
		for _, side := range []ast.Expr{n.X, n.Y} {
			if b, ok := side.(*ast.BinaryExpr); ok && b.Op == n.Op {
				continue // which is looked at by itself
			}
			r.wrap(side, append(above, n), "Not", "")
		}
	case *ast.CompositeLit:
		if function(above) != "consequences" || n.Type != nil || len(n.Elts) != 3 {
			return
		}
		r.row(n, above)
	}
}

// row drops a row by taking away what relates its cause to its effect.
func (r *rewriter) row(n *ast.CompositeLit, above []ast.Node) {
	id := r.name + " consequences: " + string(r.source[r.offset(n.Pos()):r.offset(n.End())])
	r.made = append(r.made, mutation{id: id})
	r.around(n.Elts[0], fmt.Sprintf("relation(%sGone(%q, string(", r.pkg, id), ")))")
}
