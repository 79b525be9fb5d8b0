//go:build !race

package alerts_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/alerts"
)

var promtool = flag.String("promtool", "", "the promtool at this `path` judges the rules and plays every alert's case too")

// promtoolFile is a file for "promtool test rules".
type promtoolFile struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	Tests              []promtoolTest `yaml:"tests"`
}

type promtoolTest struct {
	Name           string          `yaml:"name"`
	Interval       model.Duration  `yaml:"interval"`
	StartTimestamp int64           `yaml:"start_timestamp"`
	InputSeries    []inputSeries   `yaml:"input_series"`
	AlertRuleTest  []alertRuleTest `yaml:"alert_rule_test"`
}

type inputSeries struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

type alertRuleTest struct {
	EvalTime  model.Duration  `yaml:"eval_time"`
	Alertname string          `yaml:"alertname"`
	ExpAlerts []expectedAlert `yaml:"exp_alerts"`
}

type expectedAlert struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

// TestPromtool has promtool itself, and not only the engine that it is made of,
// judge the shipped files and play each alert's case: silent, firing with all of
// its labels and annotations, over, and silent while all is well.
func TestPromtool(t *testing.T) {
	if *promtool == "" {
		t.Skip("wants -promtool=PATH, as make test gives it")
	}
	runPromtool(t, append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, alerts.Names()...)...)

	dir := t.TempDir()
	ruleFiles := groupFiles(t, dir)
	byName, group := alertRules(t)
	files, cases := []string{"test", "rules"}, 0
	for _, c := range alertCases {
		rule := byName[c.alert]
		r := run{alertCase: c, group: group[c.alert], wait: seconds(t, rule.For), keep: seconds(t, rule.KeepFiringFor)}
		test := r.promtool(t)
		cases += len(test.AlertRuleTest)
		files = append(files, writeYAML(t, dir, c.alert+".test.yaml", promtoolFile{
			RuleFiles: []string{ruleFiles[r.group]}, EvaluationInterval: model.Duration(step), Tests: []promtoolTest{test},
		}))
	}
	well := promtoolTest{Name: "all is well", Interval: model.Duration(step), StartTimestamp: began.Unix(), InputSeries: input(world(), span(healthy, 2*time.Hour), nil)}
	for _, c := range alertCases {
		if !c.always {
			well.AlertRuleTest = append(well.AlertRuleTest, alertRuleTest{EvalTime: model.Duration(2*time.Hour - step), Alertname: c.alert})
			cases++
		}
	}
	var all []string
	for _, name := range alerts.Names() {
		path, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, path)
	}
	files = append(files, writeYAML(t, dir, "well.test.yaml", promtoolFile{RuleFiles: all, EvaluationInterval: model.Duration(step), Tests: []promtoolTest{well}}))
	runPromtool(t, files...)
	t.Logf("promtool: %d rule files checked, %d tests passed", len(alerts.Names()), cases)
}

// promtool makes a row's case: the same outage as "recovers", looked at before,
// when it is due, when it is about to end, and after.
func (r run) promtool(t *testing.T) promtoolTest {
	t.Helper()
	ill := max(r.delay+r.wait+2*step, 20*time.Minute)
	due, ends := warmUp+r.delay+r.wait, warmUp+ill+r.decay+r.keep
	timeline := slices.Concat(span(healthy, warmUp), span(broken, ill), span(healthy, r.decay+r.keep+10*step))
	history := r.play(t, timeline)
	test := promtoolTest{
		Name: r.alert, Interval: model.Duration(step), StartTimestamp: began.Unix(),
		InputSeries: input(append(world(), recorded()...), timeline, r.fault),
	}
	for _, at := range []time.Duration{due - step, due, ends - step, ends} {
		firing := at == due || at == ends-step || r.always
		test.AlertRuleTest = append(test.AlertRuleTest, alertRuleTest{EvalTime: model.Duration(at), Alertname: r.alert})
		if firing {
			test.AlertRuleTest[len(test.AlertRuleTest)-1].ExpAlerts = expected(history[at/step][r.alert])
		}
	}
	return test
}

// expected is what promtool has to see; TestAlerts compares the same labels and
// annotations with a file that people read.
func expected(active []*rules.Alert) []expectedAlert {
	var all []expectedAlert
	for _, a := range active {
		e := expectedAlert{Labels: map[string]string{}, Annotations: a.Annotations.Map()}
		a.Labels.Range(func(l labels.Label) {
			if l.Name != labels.AlertName { // promtool adds it
				e.Labels[l.Name] = l.Value
			}
		})
		all = append(all, e)
	}
	return all
}

func input(world []series, timeline []moment, f fault) []inputSeries {
	var all []inputSeries
	for _, s := range world {
		all = append(all, inputSeries{target(s.name), s.samples(timeline, f)})
	}
	return all
}

// groupFiles writes each group into a file of its own, for the cases that feed
// a group what another one records.
func groupFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths := map[string]string{}
	for _, name := range alerts.Names() {
		content, err := alerts.File(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Groups []map[string]any `yaml:"groups"`
		}
		if err := yaml.Unmarshal(content, &file); err != nil {
			t.Fatal(err)
		}
		for _, g := range file.Groups {
			name := g["name"].(string)
			paths[name] = writeYAML(t, dir, name+".rules.yaml", map[string]any{"groups": []any{g}})
		}
	}
	return paths
}

func writeYAML(t *testing.T, dir, name string, content any) string {
	t.Helper()
	text, err := yaml.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func runPromtool(t *testing.T, arguments ...string) {
	t.Helper()
	printed, err := exec.CommandContext(t.Context(), *promtool, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("promtool %s %s: %v\n%s", arguments[0], arguments[1], err, printed)
	}
}
