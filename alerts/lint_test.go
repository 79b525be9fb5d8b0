package alerts_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

const (
	runbookBase   = "https://github.com/homelab-io/vault-health-exporter/blob/main/alerts/runbooks/"
	dashboardBase = "https://grafana.example/d/vault-flow-overview"
)

// exempt lists the rules that a check does not apply to, and why.
var exempt = map[string]map[string]string{
	"for": {
		"QNAPTokenRetrievalFailure": "specified without; more than three failures in the range are the wait",
		"Watchdog":                  "fires always",
	},
	"comparison": {"Watchdog": "fires always"},
}

// linter checks rules against the exporter's catalogue.
type linter struct {
	metrics  map[string]catalogue.Metric
	recorded map[string][]string // the labels of what is recorded, by name
	used     map[string]bool     // the names that some rule reads
	rule     alerts.Rule
	found    []string
}

func newLinter(groups []alerts.Group) *linter {
	l := &linter{metrics: map[string]catalogue.Metric{}, recorded: map[string][]string{}, used: map[string]bool{}}
	for _, row := range catalogue.Metrics() {
		l.metrics[row.Name] = row
	}
	l.metrics["up"] = catalogue.Metric{Name: "up", Type: catalogue.Gauge}
	for _, g := range groups {
		for _, r := range g.Rules {
			if expr, err := parse(r.Expr); r.Record != "" && err == nil {
				l.recorded[r.Record] = append(l.output(expr), slices.Collect(maps.Keys(r.Labels))...)
			}
		}
	}
	return l
}

func parse(expr string) (parser.Expr, error) {
	return parser.NewParser(parser.Options{}).ParseExpr(expr)
}

func (l *linter) refuse(format string, args ...any) {
	l.found = append(l.found, l.rule.Alert+l.rule.Record+": "+fmt.Sprintf(format, args...))
}

// lint returns what is wrong with the rules.
func lint(groups []alerts.Group) []string {
	l := newLinter(groups)
	for _, g := range groups {
		for _, r := range g.Rules {
			l.rule = r
			expr, err := parse(r.Expr)
			if err != nil {
				l.refuse("the expression does not parse: %s", err)
				continue
			}
			l.expression(expr)
			if r.Alert != "" {
				l.alert(expr)
				l.texts(expr)
			}
		}
	}
	for name := range l.recorded {
		if !l.used[name] {
			l.rule = alerts.Rule{Record: name}
			l.refuse("no rule reads this recording rule")
		}
	}
	slices.Sort(l.found)
	return l.found
}

// longest is for how long an alert may wait.
const longest = 6 * time.Hour

// alert checks what is asked of alerting rules only.
func (l *linter) alert(expr parser.Expr) {
	name := l.rule.Alert
	if exempt["comparison"][name] == "" && !filters(expr) {
		l.refuse("nothing filters: without a comparison or absent() it fires for every series")
	}
	for _, b := range all[*parser.BinaryExpr](expr) {
		if b.ReturnBool {
			l.refuse("bool gives 0 or 1, and an alert fires for both; compare without it")
		}
	}
	wait := parseDuration(l.rule.For)
	if exempt["for"][name] == "" && wait < 2*step {
		l.refuse("for is %s, want at least two scrapes, %s", wait, 2*step)
	}
	if wait > longest {
		l.refuse("for is %s, want at most %s: whatever it is about is over then", wait, longest)
	}
	ticket := l.rule.Labels["severity"] == "warning" && l.rule.Labels["scope"] == "hop"
	if held := memory(expr) + parseDuration(l.rule.KeepFiringFor); (ticket || l.rule.Labels["scope"] == "nas_vault") && held > afterwards {
		l.refuse("it fires for up to %s after its cause, and the page that holds it back for %s: it would tell of what is over", held, afterwards)
	}
	if !slices.Contains([]string{"critical", "warning", "info", "none"}, l.rule.Labels["severity"]) {
		l.refuse("severity is %q, want critical, warning or info", l.rule.Labels["severity"])
	}
	for label, value := range l.rule.Labels {
		if strings.Contains(value, "{{") {
			l.refuse("label %s is a template: with a value in a label each evaluation makes a new alert", label)
		}
	}
}

// afterwards is for how long the pages on delivery and on the NAS Vault are kept
// firing, which hold others back.
const afterwards = 10 * time.Minute

// memory is how far an expression looks back.
func memory(expr parser.Expr) (longest time.Duration) {
	for _, selector := range all[*parser.MatrixSelector](expr) {
		longest = max(longest, selector.Range)
	}
	return longest
}

// filters reports whether the expression can be empty because all is well.
func filters(expr parser.Expr) bool {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return filters(e.Expr)
	case *parser.Call:
		return e.Func.Name == "absent"
	case *parser.BinaryExpr:
		switch {
		case e.Op.IsComparisonOperator():
			return !e.ReturnBool
		case e.Op == parser.LAND:
			return filters(e.LHS) || filters(e.RHS)
		case e.Op == parser.LUNLESS:
			return filters(e.LHS)
		case e.Op == parser.LOR:
			return filters(e.LHS) && filters(e.RHS)
		}
	}
	return false
}

var (
	usedLabel  = regexp.MustCompile(`\$labels\.(\w+)`)
	digit      = regexp.MustCompile(`[0-9]|\$value`)
	nameInText = regexp.MustCompile(`\b(?:nas|qnap|vault_health_exporter)_\w+\{`)
)

// texts checks the annotations.
func (l *linter) texts(expr parser.Expr) {
	name, texts := l.rule.Alert, l.rule.Annotations
	labels := append(l.output(expr), slices.Collect(maps.Keys(l.rule.Labels))...)
	for key, text := range texts {
		for _, m := range usedLabel.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(labels, m[1]) {
				l.refuse("%s uses label %s, which the expression drops or never has; it has %s", key, m[1], strings.Join(labels, ", "))
			}
		}
		for _, m := range nameInText.FindAllString(text, -1) {
			if _, known := l.metrics[strings.TrimSuffix(m, "{")]; !known {
				l.refuse("%s queries %s, which is not in the catalogue", key, m)
			}
		}
	}
	if texts["summary"] == "" || texts["description"] == "" {
		l.refuse("want a summary and a description")
	}
	if digit.MatchString(texts["summary"]) {
		l.refuse("the summary has a number; it belongs into the description")
	}
	if want := runbookBase + name + ".md"; texts["runbook_url"] != want {
		l.refuse("runbook_url is %q, want %q", texts["runbook_url"], want)
	}
	if _, err := os.Stat("runbooks/" + name + ".md"); err != nil {
		l.refuse("there is no runbook: %s", err)
	}
	want := dashboardBase
	if slices.Contains(labels, "flow") {
		want += "?var-flow={{ $labels.flow }}"
	}
	if texts["dashboard_url"] != want {
		l.refuse("dashboard_url is %q, want %q", texts["dashboard_url"], want)
	}
}

// all returns every node of one type in an expression.
func all[T parser.Node](expr parser.Expr) []T {
	var found []T
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if n, ok := node.(T); ok {
			found = append(found, n)
		}
		return nil
	})
	return found
}

// parseDuration returns -1 for what is no duration.
func parseDuration(text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := model.ParseDuration(text)
	if err != nil {
		return -1
	}
	return time.Duration(d)
}

func TestLint(t *testing.T) {
	for _, problem := range lint(sourceGroups(t)) {
		t.Error(problem)
	}
	byName, _ := alertRules(t)
	for check, names := range exempt {
		for name := range names {
			if _, ok := byName[name]; !ok {
				t.Errorf("exempt from %q: there is no alert %s", check, name)
			}
		}
	}
}
