package alerts_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/chaos"
)

// runbookHeadings are in every runbook, in this order.
var runbookHeadings = []string{"## Meaning", "## Impact", "## Diagnosis", "## Mitigation", "## How it was tested"}

func TestEveryAlertHasARunbook(t *testing.T) {
	byName, _ := alertRules(t)
	for name := range byName {
		text, err := os.ReadFile("runbooks/" + name + ".md")
		if err != nil {
			t.Errorf("%s: %s", name, err)
			continue
		}
		if !strings.HasPrefix(string(text), "# "+name+"\n") {
			t.Errorf("%s: want the runbook to begin with its name", name)
		}
		var got []string
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "## ") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if diff := cmp.Diff(runbookHeadings, got); diff != "" {
			t.Errorf("%s: headings (-want +got):\n%s", name, diff)
		}
		if tested := string(text[strings.LastIndex(string(text), "## How")+1:]); !mentionsTest(name, tested) {
			t.Errorf("%s: want one of its faults or its reason for none under %q, got %q", name, "How it was tested", tested)
		}
	}
	files, err := os.ReadDir("runbooks")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name, isRunbook := strings.CutSuffix(f.Name(), ".md")
		if _, ok := byName[name]; !ok || !isRunbook {
			t.Errorf("runbooks/%s: there is no such alert", f.Name())
		}
	}
	t.Logf("%d alerts, %d runbooks", len(byName), len(files))
}

// mentionsTest reports whether the text names a fault that raises the alert, or
// says that it was tested with rules alone.
func mentionsTest(alert, text string) bool {
	if _, unreachable := alerts.Unreachable()[alert]; unreachable {
		return strings.Contains(text, "simulated series")
	}
	for fault, tiers := range allTiers() {
		raises := slices.ContainsFunc(tiers, func(tier chaos.Tier) bool { return slices.Contains(tier.Alerts, alert) })
		if raises && strings.Contains(text, fmt.Sprintf("`%s`", fault)) {
			return true
		}
	}
	return false
}

var (
	queryBlock = regexp.MustCompile("(?s)```promql\n(.*?)```")
	// external are the metrics in runbooks that others export: the kubelet.
	external = []string{"container_cpu_cfs_throttled_periods_total"}
)

// TestRunbookQueries checks what somebody will paste at night: it parses, and
// its metrics and labels exist.
func TestRunbookQueries(t *testing.T) {
	byName, _ := alertRules(t)
	queries := 0
	for name := range byName {
		text, err := os.ReadFile("runbooks/" + name + ".md")
		if err != nil {
			continue // TestEveryAlertHasARunbook says so
		}
		l := newLinter(sourceGroups(t))
		l.rule = byName[name]
		for _, block := range queryBlock.FindAllStringSubmatch(string(text), -1) {
			for line := range strings.Lines(block[1]) {
				queries++
				expr, err := parse(line)
				if err != nil {
					t.Errorf("%s: %q: %s", name, line, err)
					continue
				}
				for _, s := range all[*parser.VectorSelector](expr) {
					_, recorded := l.recorded[s.Name]
					_, known := l.metric(s.Name)
					switch {
					case recorded || known:
						l.matchers(s, l.output(s))
					case !slices.Contains(external, s.Name):
						t.Errorf("%s: %s is not in the catalogue", name, s.Name)
					}
				}
			}
		}
		for _, problem := range l.found {
			t.Error(problem)
		}
	}
	t.Logf("%d queries in runbooks", queries)
}
