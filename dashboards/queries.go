package dashboards

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Query is one query of a dashboard, with the place where it stands.
type Query struct {
	Dashboard string // its title
	Panel     string // the title of the panel, "variable NAME" or "annotation NAME"
	RefID     string
	Expr      string
	Instant   bool
}

func (q Query) String() string { return fmt.Sprintf("%s / %s / %s", q.Dashboard, q.Panel, q.RefID) }

// Queries returns the queries of the panels, variables and annotations of d.
func Queries(d Dashboard) ([]Query, error) {
	var all []Query
	for _, p := range d.Panels {
		for _, t := range p.Targets {
			all = append(all, Query{d.Title, p.Title, t.RefID, t.Expr, t.Instant})
		}
	}
	for _, v := range d.Templating.List {
		if v.Type != "query" {
			continue
		}
		expr, err := labelValues(v)
		if err != nil {
			return nil, fmt.Errorf("reading the variable %q of %q: %w", v.Name, d.File, err)
		}
		all = append(all, Query{d.Title, "variable " + v.Name, v.Name, expr, true})
	}
	for _, a := range d.Annotations.List {
		all = append(all, Query{d.Title, "annotation " + a.Name, a.Target.RefID, a.Target.Expr, false})
	}
	return all, nil
}

var labelValuesCall = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

// labelValues turns Grafana's call of a variable into the PromQL with the same
// answer.
func labelValues(v Variable) (string, error) {
	var query struct{ Query string }
	if err := json.Unmarshal(v.Query, &query); err != nil {
		return "", err
	}
	call := labelValuesCall.FindStringSubmatch(query.Query)
	if call == nil {
		return "", fmt.Errorf("got %q, want label_values(SELECTOR, LABEL)", query.Query)
	}
	return fmt.Sprintf("group by (%s) (%s)", call[2], call[1]), nil
}

// Selection is what Grafana puts in the place of variables.
type Selection struct {
	// Value stands for $job, $flow and $hop; for "All" Grafana sends the
	// variable's allValue.
	Value string
	// Range is the time range that the dashboard shows, Interval the time
	// between two scrapes.
	Range, Interval time.Duration
}

// Everything is the selection "All" on a time range.
func Everything(span, scrape time.Duration) Selection {
	return Selection{Value: ".+", Range: span, Interval: scrape}
}

// Substitute returns expr as Grafana sends it.
func (s Selection) Substitute(expr string) string {
	return strings.NewReplacer(
		"$__rate_interval", promDuration(4*s.Interval), // what Grafana computes where the step is short
		"$__interval", promDuration(s.Interval),
		"$__range", promDuration(s.Range),
		"$job", s.Value, "$flow", s.Value, "$hop", s.Value,
	).Replace(expr)
}

func promDuration(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }
