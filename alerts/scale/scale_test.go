package scale_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/alerts/scale"
)

func TestRules(t *testing.T) {
	const before = `groups:
- name: g
  interval: 30s
  rules:
  - alert: A
    expr: |
      increase(m{a="[5m]"}[5m] offset -1h) > 3 and time() - max by (flow) (t) > 25m
    for: 10m
    keep_firing_for: 1h
    labels: {for: 5m, long: 1h}
    annotations: {description: "for 5m [5m]"}
  - record: r:rate5m
    expr: max_over_time(abs(s)[1h:1m]) > 10
`
	const after = `groups:
  - name: g
    interval: 2s
    rules:
      - alert: A
        expr: increase(m{a="[5m]"}[20s] offset -4m) > 3 and time() - max by (flow) (t) > 1m40s
        for: 40s
        keep_firing_for: 4m
        labels: {for: 5m, long: 1h}
        annotations: {description: "for 5m [5m]"}
      - record: r:rate5m
        expr: max_over_time(abs(s)[4m:4s]) > 10
`
	got, err := scale.Rules([]byte(before), 15)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(after, strings.ReplaceAll(string(got), "expr: |-\n          ", "expr: ")); diff != "" {
		t.Error(diff)
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range []struct {
		file   string
		factor float64
		want   string
	}{
		{"groups: []", 0, "scaling by 0: want more than 0"},
		{"groups: [", 2, "reading the file to scale"},
		{"groups:\n- interval: soon", 2, `line 2: scaling interval "soon"`},
		{"groups:\n- rules:\n  - expr: rate(", 2, `line 3: scaling expr "rate("`},
	} {
		_, err := scale.Rules([]byte(tc.file), tc.factor)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: got %v, want %q", tc.file, err, tc.want)
		}
	}
}

// TestShippedRules checks that every file is valid on a faster clock, and that
// nothing in it became the same as before.
func TestShippedRules(t *testing.T) {
	for _, name := range alerts.Names() {
		content, err := alerts.File(name)
		if err != nil {
			t.Fatal(err)
		}
		scaled, err := scale.Rules(content, 15)
		if err != nil {
			t.Fatal(err)
		}
		before, after := groups(t, content), groups(t, scaled)
		for i, g := range after {
			if g.Interval*15 != before[i].Interval {
				t.Errorf("%s: interval %s of %s", g.Name, g.Interval, before[i].Interval)
			}
			for j, r := range g.Rules {
				if r.For*15 != before[i].Rules[j].For || r.KeepFiringFor*15 != before[i].Rules[j].KeepFiringFor {
					t.Errorf("%s%s: for %s of %s", r.Alert, r.Record, r.For, before[i].Rules[j].For)
				}
			}
		}
	}
}

func groups(t *testing.T, content []byte) []rulefmt.RuleGroup {
	t.Helper()
	file, errs := rulefmt.Parse(content, false, model.UTF8Validation, parser.NewParser(parser.Options{}))
	if errs != nil {
		t.Fatal(errs)
	}
	return file.Groups
}

func TestAlertmanager(t *testing.T) {
	got, err := scale.Alertmanager([]byte("route: {receiver: a, group_wait: 30s, routes: [{repeat_interval: 4h}]}\n"), 15)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("route: {receiver: a, group_wait: 2s, routes: [{repeat_interval: 16m}]}\n", string(got)); diff != "" {
		t.Error(diff)
	}
}
