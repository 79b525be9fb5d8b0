package dashboards

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// oddSelection puts durations in the place of Grafana's that nobody would
// write, so that they can be told from written ones.
var oddSelection = Selection{Value: "(odd|even)", Range: 13*time.Hour + 7*time.Millisecond, Interval: 11*time.Minute + 7*time.Millisecond}

func parse(q Query, s Selection) (parser.Expr, error) {
	return parser.NewParser(parser.Options{}).ParseExpr(s.Substitute(q.Expr))
}

// givenExpressions are the two panels whose expressions are given to the letter.
var givenExpressions = []string{"Token Retrieval Success Rate", "Cross-Cluster Latency"}

func parses(q Query) string {
	for _, s := range []Selection{oddSelection, Everything(time.Hour, time.Minute)} {
		if _, err := parse(q, s); err != nil {
			return err.Error()
		}
	}
	return ""
}

// selectors returns the selectors of expr, each with the nodes above it.
func selectors(expr parser.Expr) (all []*parser.VectorSelector, above [][]parser.Node) {
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			all, above = append(all, s), append(above, slices.Clone(path))
		}
		return nil
	})
	return all, above
}

// inCall returns the function that the selector's range is given to, and the
// range; "" without one.
func inCall(path []parser.Node) (name string, over time.Duration) {
	if len(path) < 2 {
		return "", 0
	}
	matrix, ok := path[len(path)-1].(*parser.MatrixSelector)
	call, isCall := path[len(path)-2].(*parser.Call)
	if !ok || !isCall {
		return "", 0
	}
	return call.Func.Name, matrix.Range
}

var rateFunctions = []string{"rate", "irate", "increase", "delta", "changes", "resets"}

// rateInterval wants $__rate_interval; $__range too, where one number for the
// whole time range is asked for.
func rateInterval(q Query, expr parser.Expr) string {
	if slices.Contains(givenExpressions, q.Panel) {
		return ""
	}
	_, paths := selectors(expr)
	for _, path := range paths {
		name, over := inCall(path)
		wholeRange := q.Instant && over == oddSelection.Range
		if slices.Contains(rateFunctions, name) && over != 4*oddSelection.Interval && !wholeRange {
			return fmt.Sprintf("got %s over %s, want $__rate_interval", name, over)
		}
	}
	return ""
}

// jobMatcher wants job=~"$job" on every series that a scrape has given a job.
func jobMatcher(q Query, expr parser.Expr) string {
	if slices.Contains(givenExpressions, q.Panel) || q.Panel == "variable job" {
		return ""
	}
	all, _ := selectors(expr)
	for _, s := range all {
		known, ok := series()[s.Name]
		if !ok || !known.own {
			continue
		}
		if !slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool {
			return m.Name == "job" && m.Type == labels.MatchRegexp && m.Value == oddSelection.Value
		}) {
			return fmt.Sprintf(`%s: want job=~"$job"`, s)
		}
	}
	return ""
}

// counterWithRate goes by the selector's name, not by its text: a counter with
// matchers is still a counter.
func counterWithRate(q Query, expr parser.Expr) string {
	if strings.HasPrefix(q.Panel, "variable ") {
		return "" // asks for labels, not for values
	}
	all, paths := selectors(expr)
	for i, s := range all {
		name, _ := inCall(paths[i])
		if series()[s.Name].counter && !slices.Contains(rateFunctions, name) {
			return fmt.Sprintf("%s: want rate or increase of a counter", s)
		}
	}
	return ""
}
