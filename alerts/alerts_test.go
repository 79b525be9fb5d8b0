package alerts_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/alerts"
)

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

var nilLabels = labels.EmptyLabels()

func sourceGroups(t *testing.T) []alerts.Group {
	t.Helper()
	groups, err := alerts.Groups()
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

// alertRules returns the alerting rules by name, and the group of each.
func alertRules(t *testing.T) (map[string]alerts.Rule, map[string]string) {
	t.Helper()
	byName, group := map[string]alerts.Rule{}, map[string]string{}
	for _, g := range sourceGroups(t) {
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue
			}
			if _, twice := byName[r.Alert]; twice {
				t.Errorf("%s: got it twice, want one rule and one runbook for each name", r.Alert)
			}
			byName[r.Alert], group[r.Alert] = r, g.Name
		}
	}
	return byName, group
}

func seconds(t *testing.T, text string) time.Duration {
	t.Helper()
	if text == "" {
		return 0
	}
	d, err := model.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(d)
}

// compareFile compares got with a file that -update writes.
func compareFile(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); -update writes it:\n%s", path, diff)
	}
}

func TestPrometheusRule(t *testing.T) {
	got, err := alerts.PrometheusRule()
	if err != nil {
		t.Fatal(err)
	}
	compareFile(t, "../deploy/components/monitoring/prometheus-rules.yaml", got)
	var object struct {
		Spec struct {
			Groups []alerts.Group `yaml:"groups"`
		} `yaml:"spec"`
	}
	if err := yaml.Unmarshal(got, &object); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sourceGroups(t), object.Spec.Groups); diff != "" {
		t.Errorf("groups (-source +object):\n%s", diff)
	}
}
