package pager

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// selectors are those of all rules.
type selectors struct {
	// counting are those in expressions for which a counter that does not count is
	// as good as none; others are the rest.
	counting, others []*parser.VectorSelector
	// window is how far the counting ones look back, in milliseconds.
	window int64
}

// add adds the selectors of an expression.
func (s *selectors) add(e parser.Expr) {
	to, counts := &s.others, counting(e)
	if counts {
		to = &s.counting
	}
	parser.Inspect(e, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			*to = append(*to, n)
		case *parser.MatrixSelector:
			if counts {
				s.window = max(s.window, n.Range.Milliseconds())
			}
		}
		return nil
	})
}

// match reports whether a rule reads the series, and whether all that do only
// want to know whether it counts.
func (s *selectors) match(l labels.Labels) (wanted, counting bool) {
	others := selected(s.others, l)
	counting = !others && selected(s.counting, l)
	return others || counting, counting
}

func selected(by []*parser.VectorSelector, l labels.Labels) bool {
	for _, v := range by {
		if selects(v, l) {
			return true
		}
	}
	return false
}

func selects(v *parser.VectorSelector, l labels.Labels) bool {
	for _, m := range v.LabelMatchers {
		if !m.Matches(l.Get(m.Name)) {
			return false
		}
	}
	return true
}

// counting reports whether an expression says that something happened more often
// than some number, as in sum by (x) (increase(y[5m])) > 3.
func counting(e parser.Expr) bool {
	above, ok := e.(*parser.BinaryExpr)
	if !ok || above.Op != parser.GTR || above.ReturnBool {
		return false
	}
	if least, ok := above.RHS.(*parser.NumberLiteral); !ok || least.Val < 0 {
		return false
	}
	what := above.LHS
	if a, ok := what.(*parser.AggregateExpr); ok && (a.Op == parser.SUM || a.Op == parser.MAX) {
		what = a.Expr
	}
	call, ok := what.(*parser.Call)
	return ok && call.Func.Name == "increase"
}
