package alerts_test

import (
	"slices"
	"testing"

	"github.com/prometheus/alertmanager/config"
	matchers "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"

	"homelab.io/vault-health-exporter/alerts/pager"
)

func alertmanager(t *testing.T) *config.Config {
	t.Helper()
	cfg, err := config.LoadFile("alertmanager.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestRoutes also keeps every address in a file.
func TestRoutes(t *testing.T) {
	cfg := alertmanager(t)
	want := map[string]string{"critical": "page", "warning": "ticket", "info": "nobody", "unheard-of": "ticket"}
	for severity, receiver := range want {
		if got := pager.Route(cfg.Route, model.LabelSet{"severity": model.LabelValue(severity)}).Receiver; got != receiver {
			t.Errorf("severity %q goes to %q, want %q", severity, got, receiver)
		}
	}
	if got := pager.Route(cfg.Route, model.LabelSet{"alertname": "Watchdog", "severity": "none"}).Receiver; got != "dead-man" {
		t.Errorf("Watchdog goes to %q, want dead-man", got)
	}
	for _, receiver := range cfg.Receivers {
		for _, hook := range receiver.WebhookConfigs {
			if hook.URLFile == "" || hook.URL != "" {
				t.Errorf("%s: want the address in a file", receiver.Name)
			}
		}
	}
}

// TestInhibitionNamesExist finds matchers that no alert can meet.
func TestInhibitionNamesExist(t *testing.T) {
	byName, _ := alertRules(t)
	var known []model.LabelSet
	for name, rule := range byName {
		set := model.LabelSet{"alertname": model.LabelValue(name)}
		for key, value := range rule.Labels {
			set[model.LabelName(key)] = model.LabelValue(value)
		}
		known = append(known, set)
	}
	static := []string{"alertname", "scope", "severity"}
	for i, rule := range alertmanager(t).InhibitRules {
		for _, side := range []config.Matchers{rule.SourceMatchers, rule.TargetMatchers} {
			fixed := slices.DeleteFunc(slices.Clone(matchers.Matchers(side)), func(m *matchers.Matcher) bool { return !slices.Contains(static, m.Name) })
			if !slices.ContainsFunc(known, matchers.Matchers(fixed).Matches) {
				t.Errorf("inhibit rule %d: no alert meets %s", i, fixed)
			}
		}
	}
}
