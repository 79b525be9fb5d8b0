package alerts_test

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// ofCounters are the functions that make sense of a counter, and of nothing else.
var ofCounters = []string{"rate", "increase", "irate", "resets"}

// expression checks one expression, of an alert or of a recording rule.
func (l *linter) expression(expr parser.Expr) {
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			l.selector(n, path)
		case *parser.MatrixSelector:
			if n.Range < 4*step {
				l.refuse("the range [%s] is less than four scrapes, %s", n.Range, 4*step)
			}
		case *parser.Call:
			l.call(n)
		case *parser.AggregateExpr:
			l.aggregation(n)
		case *parser.BinaryExpr:
			l.binary(n)
		}
		return nil
	})
}

func (l *linter) selector(s *parser.VectorSelector, path []parser.Node) {
	if labels, ok := l.recorded[s.Name]; ok {
		l.used[s.Name] = true
		l.matchers(s, labels)
		return
	}
	row, ok := l.metric(s.Name)
	if !ok {
		l.refuse("%s is not in the exporter's catalogue", s.Name)
		return
	}
	l.matchers(s, l.output(s))
	isCounter := row.Type == catalogue.Counter || row.Type == catalogue.Histogram
	function := innermostCall(path)
	switch {
	case isCounter && function != "absent" && !slices.Contains(ofCounters, function):
		l.refuse("%s is a counter: its value means nothing without rate or increase", s.Name)
	case !isCounter && slices.Contains(ofCounters, function):
		l.refuse("%s is a gauge: %s is for counters", s.Name, function)
	}
}

// metric finds the row of a name, of a histogram's series too.
func (l *linter) metric(name string) (catalogue.Metric, bool) {
	for _, suffix := range []string{"", "_bucket", "_count", "_sum"} {
		base, found := strings.CutSuffix(name, suffix)
		if row, ok := l.metrics[base]; found && ok && (suffix == "") == (row.Type != catalogue.Histogram) {
			return row, true
		}
	}
	return catalogue.Metric{}, false
}

// innermostCall names the function that a selector is an argument of.
func innermostCall(path []parser.Node) string {
	for _, node := range slices.Backward(path) {
		if call, ok := node.(*parser.Call); ok {
			return call.Func.Name
		}
		if _, ok := node.(*parser.MatrixSelector); !ok {
			return ""
		}
	}
	return ""
}

func (l *linter) call(c *parser.Call) {
	if c.Func.Name != "absent" {
		return
	}
	s, ok := c.Args[0].(*parser.VectorSelector)
	if !ok || len(s.LabelMatchers) < 2 || slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool { return m.Type != labels.MatchEqual }) {
		l.refuse("absent() wants a selector with equality matchers, which become the alert's labels")
	}
}

func (l *linter) aggregation(a *parser.AggregateExpr) {
	known := l.output(a.Expr)
	for _, label := range a.Grouping {
		if !slices.Contains(known, label) {
			l.refuse("grouping by %s, which the series do not have; they have %s", label, strings.Join(known, ", "))
		}
	}
}

// binary checks the pairs of operands that look right and are not.
func (l *linter) binary(b *parser.BinaryExpr) {
	l.ages(b)
	if number, ok := unwrap(b.RHS).(*parser.NumberLiteral); ok && number.Val == 0 && b.Op == parser.EQLC {
		for _, s := range all[*parser.VectorSelector](b.LHS) {
			if strings.HasSuffix(s.Name, "_info") || s.Name == "nas_flow_blame" {
				l.refuse("%s is 1 or absent, never 0", s.Name)
			}
		}
	}
	if b.LHS.Type() != parser.ValueTypeVector || b.RHS.Type() != parser.ValueTypeVector {
		return
	}
	left, right := sorted(l.output(b.LHS)), sorted(l.output(b.RHS))
	if call, ok := unwrap(b.RHS).(*parser.Call); ok && b.Op == parser.LOR && call.Func.Name == "vector" && len(left) > 0 {
		l.refuse("or vector(0) adds a series without labels beside those by %s", strings.Join(left, ", "))
		return
	}
	if m := b.VectorMatching; m != nil && !m.On && len(m.MatchingLabels) == 0 && b.Op != parser.LOR && !slices.Equal(left, right) {
		l.refuse("the two sides of %s never match: one has the labels %s, the other %s", b.Op, strings.Join(left, ", "), strings.Join(right, ", "))
	}
}

// ages checks a difference to the time now: of a timestamp, and of one series
// for each thing that has an age, or the oldest of several would speak for all.
func (l *linter) ages(b *parser.BinaryExpr) {
	call, ok := unwrap(b.LHS).(*parser.Call)
	other := b.RHS
	if !ok || call.Func.Name != "time" {
		call, ok = unwrap(b.RHS).(*parser.Call)
		other = b.LHS
	}
	if !ok || call.Func.Name != "time" || b.Op != parser.SUB {
		return
	}
	for _, s := range all[*parser.VectorSelector](other) {
		if !strings.HasSuffix(s.Name, "_timestamp_seconds") {
			l.refuse("%s is no timestamp, so its difference to time() is no age", s.Name)
		}
	}
	if _, ok := unwrap(other).(*parser.AggregateExpr); !ok {
		l.refuse("an age wants max by or min by: where several series are kept, the oldest would speak for all")
	}
}

func unwrap(expr parser.Expr) parser.Expr {
	if p, ok := expr.(*parser.ParenExpr); ok {
		return unwrap(p.Expr)
	}
	return expr
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
