package alerts_test

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// job is the value of the label job that the shipped scrape configurations set.
const job = "vault-health-exporter"

// closedSets are the values that a label can have.
func closedSets() map[string][]string {
	sets := map[string][]string{"job": {job}, "result": {"ok", "error"}}
	for _, e := range flow.Entries() {
		sets["hop"] = append(sets["hop"], string(e.Hop))
	}
	for _, e := range reason.Catalogue() {
		sets["reason"] = append(sets["reason"], string(e.Reason))
	}
	for _, r := range flow.Results() {
		sets["result"] = append(sets["result"], string(r))
	}
	return sets
}

func (l *linter) matchers(s *parser.VectorSelector, known []string) {
	for _, m := range s.LabelMatchers {
		if m.Name == model.MetricNameLabel {
			continue
		}
		if !slices.Contains(known, m.Name) {
			l.refuse("%s has no label %s; it has %s", s.Name, m.Name, strings.Join(known, ", "))
			continue
		}
		set, closed := closedSets()[m.Name]
		for value := range strings.SplitSeq(m.Value, "|") {
			if closed && !slices.Contains(set, value) {
				l.refuse("%s is never %q", m.Name, value)
			}
		}
	}
	l.failures(s)
}

// failures checks a selector of the failures of one hop for one reason: unless
// that is foreseen there, its counter is not there at 0 and increase misses the
// first of them.
func (l *linter) failures(s *parser.VectorSelector) {
	equal := map[string]string{}
	for _, m := range s.LabelMatchers {
		if m.Type == labels.MatchEqual {
			equal[m.Name] = m.Value
		}
	}
	h, why := equal["hop"], equal["reason"]
	if h != "" && why != "" && strings.HasSuffix(s.Name, "_failures_total") && !slices.Contains(flow.Reasons(flow.Hop(h)), reason.Reason(why)) {
		l.refuse("a check of %s is not known to fail with %s", h, why)
	}
}

// output returns the labels that the result of an expression can have.
func (l *linter) output(expr parser.Expr) []string {
	switch e := expr.(type) {
	case *parser.VectorSelector:
		if labels, ok := l.recorded[e.Name]; ok {
			return labels
		}
		row, _ := l.metric(e.Name)
		out := append(slices.Clone(row.Labels), "instance", "job")
		if strings.HasSuffix(e.Name, "_bucket") {
			out = append(out, "le")
		}
		return out
	case *parser.MatrixSelector:
		return l.output(e.VectorSelector)
	case *parser.SubqueryExpr:
		return l.output(e.Expr)
	case *parser.ParenExpr:
		return l.output(e.Expr)
	case *parser.UnaryExpr:
		return l.output(e.Expr)
	case *parser.AggregateExpr:
		if e.Without {
			return without(l.output(e.Expr), e.Grouping)
		}
		return e.Grouping
	case *parser.Call:
		return l.outputOfCall(e)
	case *parser.BinaryExpr:
		return l.outputOfBinary(e)
	}
	return nil
}

func (l *linter) outputOfCall(c *parser.Call) []string {
	var out []string
	switch c.Func.Name {
	case "absent":
		for _, s := range all[*parser.VectorSelector](c) {
			for _, m := range s.LabelMatchers {
				if m.Name != model.MetricNameLabel {
					out = append(out, m.Name)
				}
			}
		}
		return out
	case "vector":
		return nil
	case "histogram_quantile":
		return without(l.output(c.Args[1]), []string{"le"})
	}
	for _, arg := range c.Args {
		out = append(out, l.output(arg)...)
	}
	return out
}

func (l *linter) outputOfBinary(b *parser.BinaryExpr) []string {
	m := b.VectorMatching
	switch {
	case b.LHS.Type() == parser.ValueTypeScalar:
		return l.output(b.RHS)
	case b.RHS.Type() == parser.ValueTypeScalar || b.Op.IsSetOperator() || m.Card == parser.CardManyToOne:
		return l.output(b.LHS)
	case m.On:
		return m.MatchingLabels
	}
	return without(l.output(b.LHS), m.MatchingLabels)
}

func without(labels, dropped []string) []string {
	return slices.DeleteFunc(slices.Clone(labels), func(label string) bool { return slices.Contains(dropped, label) })
}
