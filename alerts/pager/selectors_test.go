package pager

import (
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

// TestCounting: what says nothing of a counter that does not count is never taken
// for what says something.
func TestCounting(t *testing.T) {
	for text, want := range map[string]bool{
		"increase(x[5m]) > 3":                             true,
		"sum by (a) (increase(x[5m])) > 0":                true,
		"max by (a) (increase(x[5m])) > 0":                true,
		"increase(x[5m]) >= 0":                            false,
		"increase(x[5m]) > -1":                            false,
		"increase(x[5m]) == 0":                            false,
		"increase(x[5m]) > bool 3":                        false,
		"min by (a) (increase(x[5m])) > 3":                false,
		"count by (a) (increase(x[5m])) > 3":              false,
		"increase(x[5m]) > on (a) y":                      false,
		"sum(increase(x[5m])) / sum(increase(y[5m])) > 0": false,
		"x > 3": false,
	} {
		e, err := parser.NewParser(parser.Options{}).ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := counting(e); got != want {
			t.Errorf("%s: got %t, want %t", text, got, want)
		}
	}
}
