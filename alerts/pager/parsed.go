package pager

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// parsed is Prometheus' parser for an engine that evaluates the same rules again and
// again: it parses an expression once.
type parsed struct {
	parser.Parser
	known map[string]parser.Expr
}

func newParsed() parsed {
	return parsed{parser.NewParser(parser.Options{}), map[string]parser.Expr{}}
}

// ParseExpr implements parser.Parser.
func (p parsed) ParseExpr(text string) (parser.Expr, error) {
	e, known := p.known[text]
	if !known {
		var err error
		if e, err = p.Parser.ParseExpr(text); err != nil {
			return nil, err
		}
		p.known[text] = e
	}
	if fresh, ok := copied(e); ok {
		return fresh, nil
	}
	return p.Parser.ParseExpr(text)
}

// copied copies an expression, because an engine writes into what it evaluates; ok is
// false where there is something in it that no rule has had so far.
func copied(e parser.Expr) (fresh parser.Expr, ok bool) {
	all := true
	part := func(e parser.Expr) parser.Expr {
		if e == nil { // a parameter that most aggregations do not have
			return nil
		}
		fresh, ok := copied(e)
		all = all && ok
		return fresh
	}
	switch e := e.(type) {
	case *parser.NumberLiteral, *parser.StringLiteral:
		return e, true
	case *parser.VectorSelector:
		same := *e
		return &same, true
	case *parser.MatrixSelector:
		same := *e
		same.VectorSelector = part(e.VectorSelector)
		return &same, all
	case *parser.ParenExpr:
		same := *e
		same.Expr = part(e.Expr)
		return &same, all
	case *parser.BinaryExpr:
		same := *e
		same.LHS, same.RHS = part(e.LHS), part(e.RHS)
		return &same, all
	case *parser.AggregateExpr:
		same := *e
		same.Expr, same.Param = part(e.Expr), part(e.Param)
		return &same, all
	case *parser.Call:
		same := *e
		same.Args = slices.Clone(e.Args)
		for i := range same.Args {
			same.Args[i] = part(e.Args[i])
		}
		return &same, all
	}
	return nil, false
}
