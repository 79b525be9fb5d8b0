package dashboards

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/util/teststorage"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// ended is when the gate's run of these tests ended.
var ended = recordingBegins.Add(time.Hour)

// verdict is one of a run with one stage, after which nothing is known, or with
// good all of what every criterion needs.
func verdict(good bool) gate.Verdict {
	v := gate.Judge(gate.Criteria(), gate.DefaultPolicy(), nil, "tree", ended)
	v.Began, v.Ended, v.Stages = ended.Add(-time.Hour), ended, []gate.StageTime{{Name: "unit", Seconds: 90}}
	for i := range v.Findings {
		figure := gate.DefaultPolicy().Limits[v.Findings[i].Criterion]
		v.Findings[i].Value = &figure
		if good {
			v.Findings[i].Result, v.Findings[i].Waived = evidence.Verified, nil
		}
	}
	v.Go = good
	return v
}

// gateMetrics are the metrics of the quality gate with their labels, as a verdict
// has them.
var gateMetrics = sync.OnceValue(func() []externalMetric {
	var all []externalMetric
	for _, family := range verdict(true).Metrics() {
		m := externalMetric{Name: family.GetName()}
		for _, label := range family.GetMetric()[0].GetLabel() {
			m.Labels = append(m.Labels, label.GetName())
		}
		all = append(all, m)
	}
	return all
})

// quality is the dashboard "Quality".
func quality(t *testing.T) Dashboard {
	t.Helper()
	all := load(t)
	return all[slices.IndexFunc(all, func(d Dashboard) bool { return d.Title == "Quality" })]
}

// scraped is a storage in which somebody scraped the verdict for ten minutes.
func scraped(t *testing.T, v gate.Verdict) (engine, moment) {
	t.Helper()
	s := teststorage.New(t)
	now := ended.Add(10 * time.Minute)
	appender := s.Appender(t.Context())
	for at := ended; !at.After(now); at = at.Add(slotInterval) {
		samples, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{Timestamp: model.TimeFromUnixNano(at.UnixNano())}, v.Metrics()...)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range samples {
			one.Metric["job"], one.Metric["instance"] = "node", "builder:9100"
			if _, err := appender.Append(0, labelsOf(one.Metric), at.UnixMilli(), float64(one.Value)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := appender.Commit(); err != nil {
		t.Fatal(err)
	}
	return newEngine(t, s), moment{now: now, from: now.Add(-5 * time.Minute), scrape: slotInterval}
}

// TestQualityOnAVerdict executes every query of the dashboard on a Go and on a
// No-Go. None is empty on either, whatever is allowed where nobody scrapes.
func TestQualityOnAVerdict(t *testing.T) {
	criteria := float64(len(gate.Criteria()))
	waived := float64(len(gate.DefaultPolicy().Waivers))
	for _, good := range []bool{true, false} {
		e, m := scraped(t, verdict(good))
		for _, q := range queries(t, quality(t)) {
			samples, err := execute(t.Context(), e, q, m)
			if err == nil {
				err = judge(samples, "")
			}
			if err != nil {
				t.Errorf("Go %t: %s: %v", good, q, err)
			}
		}
		want := map[string][]float64{
			"Go or No-Go":            {0},
			"Age of the last run":    {600},
			"What does not hold":     slices.Repeat([]float64{1}, int(criteria)),
			"All criteria":           slices.Repeat([]float64{1}, int(criteria)),
			"Criteria by state":      {0, 0, waived, criteria - waived},
			"MTTR":                   {gate.DefaultPolicy().Limits["mttr"]},
			"Stages of the last run": {90},
		}
		if good {
			want["Go or No-Go"], want["What does not hold"], want["Criteria by state"] = []float64{1}, []float64{1}, []float64{0, 0, 0, criteria}
		}
		for panel, want := range want {
			got, err := execute(t.Context(), e, queryOf(t, panel), m)
			slices.Sort(got)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("Go %t: %s: got %v, %v, want %v", good, panel, got, err, want)
			}
		}
	}
}

// TestTheFiguresHaveTheirLimits holds the panels of the four figures to the gate:
// the criterion, its unit, and on which side of which limit it is good.
func TestTheFiguresHaveTheirLimits(t *testing.T) {
	units := map[string]string{"seconds": "s", "percent": "percent"}
	for _, f := range verdict(true).Figures() {
		p := panel(t, f.Title)
		var side, unit string
		var limit float64
		if _, err := fmt.Sscanf(f.Required, "%s %g %s", &side, &limit, &unit); err != nil {
			t.Fatal(err)
		}
		want := []string{"red", "green"}
		if side == "<" {
			want = []string{"green", "red"}
		}
		steps := p.FieldConfig.Defaults.Thresholds.Steps
		if len(steps) != 2 || steps[1].Value == nil || *steps[1].Value != limit || steps[0].Color != want[0] || steps[1].Color != want[1] {
			t.Errorf("%s: got the thresholds %+v, want %s to be good: %q at %g", f.Title, steps, f.Required, want, limit)
		}
		if got := p.FieldConfig.Defaults.Unit; got != units[unit] {
			t.Errorf("%s: got the unit %q, want that of %s", f.Title, got, unit)
		}
		if want := fmt.Sprintf("max by (criterion) (quality_gate_figure{criterion=%q})", f.Criterion); p.Targets[0].Expr != want {
			t.Errorf("%s: got %q, want %q", f.Title, p.Targets[0].Expr, want)
		}
	}
}

// TestStatesInWords holds the words for states to those of a verdict, and the
// timeline's numbers to the same colours.
func TestStatesInWords(t *testing.T) {
	states := map[string]string{}
	for _, family := range verdict(true).Metrics() {
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetName() == "state" {
					states[label.GetValue()] = label.GetValue()
				}
			}
		}
	}
	for _, title := range []string{"What does not hold", "All criteria"} {
		if diff := cmp.Diff(states, wordsOf(t, panel(t, title), "State")); diff != "" {
			t.Errorf("%s: words (-want +got):\n%s", title, diff)
		}
	}
	words := map[string]string{}
	for _, to := range panel(t, "Criteria over time").FieldConfig.Defaults.Mappings[0].Options {
		words[to.Text] = to.Text
	}
	if diff := cmp.Diff(states, words); diff != "" {
		t.Errorf("the timeline's words (-want +got):\n%s", diff)
	}
}

// TestTheWorstComesFirst holds the table to an order that the states' names have
// by themselves.
func TestTheWorstComesFirst(t *testing.T) {
	var options struct {
		SortBy []struct {
			DisplayName string
			Desc        bool
		}
	}
	if err := json.Unmarshal(panel(t, "What does not hold").Options, &options); err != nil {
		t.Fatal(err)
	}
	if len(options.SortBy) != 1 || options.SortBy[0].DisplayName != "State" || options.SortBy[0].Desc {
		t.Errorf("got %+v, want failed before unknown before waived", options.SortBy)
	}
}

// TestTheTimelinesNumbers holds the history's numbers to the words for them.
func TestTheTimelinesNumbers(t *testing.T) {
	mappings := panel(t, "Criteria over time").FieldConfig.Defaults.Mappings[0].Options
	failed := verdict(false)
	failed.Findings[0].Result = evidence.Failed
	for _, v := range []gate.Verdict{verdict(true), failed} {
		e, m := scraped(t, v)
		value, err := evaluate(t.Context(), e, queryOf(t, "Criteria over time"), m)
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]string{}
		for _, series := range value.(model.Matrix) {
			newest := series.Values[len(series.Values)-1].Value
			shown[string(series.Metric["criterion"])] = mappings[newest.String()].Text
		}
		for _, f := range v.Findings {
			if shown[f.Criterion] != f.State() {
				t.Errorf("%s: got %q, want %q", f.Criterion, shown[f.Criterion], f.State())
			}
		}
	}
}
