package pager

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"homelab.io/vault-health-exporter/alerts"
)

// TestRulesAreParsedOnce: every one that is shipped, and nothing that an engine does
// to an expression is in the next.
func TestRulesAreParsedOnce(t *testing.T) {
	groups, err := alerts.Groups()
	if err != nil {
		t.Fatal(err)
	}
	p := newParsed()
	for _, g := range groups {
		for _, r := range g.Rules {
			first, err := p.ParseExpr(r.Expr)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := copied(first); !ok {
				t.Errorf("%s: got something that is not copied, so it is parsed at every evaluation", r.Expr)
			}
			want := parser.Tree(first)
			if _, err := promql.PreprocessExpr(first, time.Unix(1, 0), time.Unix(1, 0), 0); err != nil {
				t.Fatal(err)
			}
			parser.Inspect(first, func(node parser.Node, _ []parser.Node) error {
				if v, ok := node.(*parser.VectorSelector); ok {
					v.OriginalOffset = time.Hour
				}
				return nil
			})
			second, err := p.ParseExpr(r.Expr)
			if err != nil {
				t.Fatal(err)
			}
			if got := parser.Tree(second); got != want {
				t.Errorf("%s: got after an evaluation:\n%s\nwant:\n%s", r.Expr, got, want)
			}
		}
	}
}
