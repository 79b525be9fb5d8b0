package dashboards

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// known is what is known of one name of a series.
type known struct {
	labels  []string
	own     bool // the exporter's, so a scrape has given it a job
	counter bool
}

// externalMetric is one row of external_metrics.yaml.
type externalMetric struct {
	Name   string   `yaml:"name"`
	Labels []string `yaml:"labels"`
	Source string   `yaml:"source"`
}

// externals returns the metrics of others.
var externals = sync.OnceValue(func() []externalMetric {
	var all []externalMetric
	content, err := os.ReadFile("external_metrics.yaml")
	if err == nil {
		err = yaml.Unmarshal(content, &all)
	}
	if err != nil {
		panic(err) // a file of this folder
	}
	return all
})

func external(expr string) bool {
	return slices.ContainsFunc(slices.Concat(externals(), gateMetrics()), func(e externalMetric) bool { return strings.Contains(expr, e.Name) })
}

// series returns every name of a series that a query may use.
var series = sync.OnceValue(func() map[string]known {
	all := map[string]known{}
	for _, m := range catalogue.Metrics() {
		names := map[string][]string{m.Name: nil}
		if m.Type == catalogue.Histogram {
			names = map[string][]string{m.Name + "_bucket": {"le"}, m.Name + "_sum": nil, m.Name + "_count": nil}
		}
		for name, extra := range names {
			all[name] = known{slices.Concat(m.Labels, extra, []string{"job", "instance"}), true, m.Type != catalogue.Gauge}
		}
	}
	for _, e := range slices.Concat(externals(), gateMetrics()) {
		all[e.Name] = known{labels: e.Labels, counter: strings.HasSuffix(e.Name, "_total")}
	}
	groups, err := alerts.Groups()
	if err != nil {
		panic(err) // the files of a package
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Record != "" {
				all[r.Record] = known{labels: recordedLabels(r, all)}
			}
		}
	}
	return all
})

// recordedLabels returns the labels that the rule keeps, of another rule's series
// too, and those that it adds.
func recordedLabels(r alerts.Rule, before map[string]known) []string {
	expr, err := parse(Query{Expr: r.Expr}, oddSelection)
	if err != nil {
		panic(err) // the rules' own tests refuse it
	}
	kept := grouped(expr)
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok && strings.Contains(s.Name, ":") {
			kept = append(kept, before[s.Name].labels...)
		}
		return nil
	})
	return slices.Concat(kept, slices.Collect(maps.Keys(r.Labels)))
}

// grouped returns the labels that any aggregation in expr goes by.
func grouped(expr parser.Expr) []string {
	var all []string
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if a, ok := node.(*parser.AggregateExpr); ok {
			all = append(all, a.Grouping...)
		}
		return nil
	})
	return all
}

func knownMetrics(_ Query, expr parser.Expr) string {
	all, _ := selectors(expr)
	for _, s := range all {
		if _, ok := series()[s.Name]; !ok {
			return fmt.Sprintf("%s: got no such metric in the catalogue, the recording rules or external_metrics.yaml", s)
		}
	}
	return ""
}

func knownLabels(_ Query, expr parser.Expr) string {
	available := made(expr)
	all, _ := selectors(expr)
	for _, s := range all {
		has := series()[s.Name].labels
		for _, m := range s.LabelMatchers {
			if m.Name != "__name__" && !slices.Contains(has, m.Name) {
				return fmt.Sprintf("%s: %s has no label %q", s, s.Name, m.Name)
			}
		}
		available = append(available, has...)
	}
	for _, label := range grouped(expr) {
		if !slices.Contains(available, label) {
			return fmt.Sprintf("no metric in it has the label %q", label)
		}
	}
	return ""
}

// made returns the labels that label_replace makes.
func made(expr parser.Expr) []string {
	var all []string
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if call, ok := node.(*parser.Call); ok && call.Func.Name == "label_replace" {
			all = append(all, call.Args[1].(*parser.StringLiteral).Val)
		}
		return nil
	})
	return all
}

var legendLabel = regexp.MustCompile(`\{\{(\w+)\}\}`)

// legendLabels wants the labels in a legend to be in the answer.
func legendLabels(p Panel) string {
	for _, t := range p.Targets {
		expr, err := parse(Query{Expr: t.Expr}, oddSelection)
		if err != nil {
			return "" // target-promql-rule reports it
		}
		available := slices.Concat(made(expr), grouped(expr))
		if len(grouped(expr)) == 0 {
			all, _ := selectors(expr)
			available = append(available, series()[all[0].Name].labels...)
		}
		for _, label := range legendLabel.FindAllStringSubmatch(t.LegendFormat, -1) {
			if !slices.Contains(available, label[1]) {
				return fmt.Sprintf("query %s: the answer has no label %q for the legend", t.RefID, label[1])
			}
		}
	}
	return ""
}

func TestExternalsHaveSources(t *testing.T) {
	used := map[string]bool{}
	for _, d := range load(t) {
		for _, q := range queries(t, d) {
			for _, e := range externals() {
				used[e.Name] = used[e.Name] || strings.Contains(q.Expr, e.Name)
			}
		}
	}
	for _, e := range externals() {
		if !strings.HasPrefix(e.Source, "https://") || !used[e.Name] {
			t.Errorf("%s: want a source and a dashboard that uses it", e.Name)
		}
	}
}
