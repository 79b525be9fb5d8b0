package dashboards

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/alerts"
)

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

func load(t *testing.T) []Dashboard {
	t.Helper()
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func queries(t *testing.T, d Dashboard) []Query {
	t.Helper()
	all, err := Queries(d)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAlertsLinkHere checks that the link of every alert leads to a dashboard.
func TestAlertsLinkHere(t *testing.T) {
	groups, err := alerts.Groups()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue
			}
			if !slices.ContainsFunc(load(t), func(d Dashboard) bool {
				return strings.Contains(r.Annotations["dashboard_url"], "/d/"+d.UID)
			}) {
				t.Errorf("%s: got the link %q, want it to lead to a dashboard", r.Alert, r.Annotations["dashboard_url"])
			}
		}
	}
}

func TestConfigMaps(t *testing.T) {
	const path = "../deploy/components/monitoring/grafana-dashboards.yaml"
	got, err := ConfigMaps()
	if err != nil {
		t.Fatal(err)
	}
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
