package alerts_test

import (
	"slices"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/alerts"
)

// TestMistakes feeds the lint what people have really shipped, in this
// project's terms: the first ten are from the rules that these replace.
func TestMistakes(t *testing.T) {
	for _, tc := range []struct {
		name, expr string
		change     func(*alerts.Rule)
		want       string
	}{
		{name: "1: time minus a count", expr: `(time() - nas_hop_checks_total{hop="external_secret"}) > 900`,
			want: "nas_hop_checks_total is no timestamp, so its difference to time() is no age"},
		{name: "2: an info metric is never 0", expr: `max by (flow) (nas_flow_vault_info{vault="nas"}) == 0`,
			want: "nas_flow_vault_info is 1 or absent, never 0"},
		{name: "3: bool() as a function", expr: `1 - bool(nas_hop_up > 0) == 1`,
			want: "bool modifier can only be used on comparison operators"},
		{name: "3: bool in an alert", expr: `max by (flow) (nas_hop_up) == bool 0`,
			want: "bool gives 0 or 1, and an alert fires for both"},
		{name: "4: matching a scalar", expr: `time() - on (flow) nas_token_expiry_timestamp_seconds > 900`,
			want: "vector matching only allowed between instant vectors"},
		{name: "5: an extra label on one side", expr: `rate(nas_hop_failures_total{reason="http_5xx"}[5m]) / rate(nas_hop_checks_total[5m]) > 0.1`,
			want: "the two sides of / never match"},
		{name: "6: offset on a counter", expr: `nas_hop_failures_total - nas_hop_failures_total offset 5m > 0`,
			want: "nas_hop_failures_total is a counter: its value means nothing without rate or increase"},
		{name: "7: the oldest of several", expr: `time() - nas_token_broker_last_success_timestamp_seconds > 900`,
			want: "the oldest would speak for all"},
		{name: "8: vector(0) beside by()", expr: `(sum by (flow) (rate(nas_flow_slots_total{result="bad"}[5m])) or vector(0)) > 0`,
			want: "or vector(0) adds a series without labels beside those by flow"},
		{name: "9: rate of a gauge", expr: `24*60 / (rate(nas_external_secret_ready[24h])*86400) > 1`,
			want: "nas_external_secret_ready is a gauge: rate is for counters"},
		{name: "10: a raw counter", expr: `max by (flow) (nas_flow_slots_total{result="bad"}) > 3`,
			want: "nas_flow_slots_total is a counter"},
		{name: "11: a stand-in for the signal", expr: `up{job="external-secrets-webhook"} == 0`,
			want: `job is never "external-secrets-webhook"`},
		{name: "12: freshness that a copier stamped", expr: `time() - max by (flow) (kube_secret_annotations) > 900`,
			want: "kube_secret_annotations is not in the exporter's catalogue"},
		{name: "13: an alert on recovery", expr: `increase(nas_vault_up[5m]) > 0`,
			want: "nas_vault_up is a gauge: increase is for counters"},

		{name: "no comparison", expr: `max by (flow) (nas_hop_up)`, want: "nothing filters"},
		{name: "a ticket after its page", expr: `increase(nas_hop_failures_total{flow="qnap"}[9m]) > 3`,
			change: func(r *alerts.Rule) { r.For, r.KeepFiringFor, r.Labels["scope"] = "5m", "5m", "hop" },
			want:   "it fires for up to 14m0s after its cause, and the page that holds it back for 10m0s"},
		{name: "for of one scrape", expr: `nas_vault_up == 0`, change: func(r *alerts.Rule) { r.For = "30s" },
			want: "for is 30s, want at least two scrapes, 1m0s"},
		{name: "for of weeks", expr: `nas_vault_up == 0`, change: func(r *alerts.Rule) { r.For = "1000h" },
			want: "for is 1000h0m0s, want at most 6h0m0s"},
		{name: "absent of a pattern", expr: `absent(nas_vault_up{flow=~".+"})`, want: "absent() wants a selector with equality matchers"},
		{name: "absent of a sum", expr: `absent(sum(nas_vault_up))`, want: "absent() wants a selector with equality matchers"},
		{name: "no such label", expr: `nas_vault_up{hop="nas_vault"} == 0`, want: "nas_vault_up has no label hop"},
		{name: "no such hop", expr: `min by (flow) (nas_hop_up{hop="nas-vault"}) == 0`, want: `hop is never "nas-vault"`},
		{name: "no such reason", expr: `increase(nas_hop_failures_total{reason=~"sealed|locked"}[5m]) > 3`, want: `reason is never "locked"`},
		{name: "no such reason there", expr: `max by (flow) (increase(nas_hop_failures_total{hop="broker",reason="sealed"}[5m])) > 3`, want: `broker is not known to fail with sealed`},
		{name: "no such result", expr: `increase(nas_flow_slots_total{result="failed"}[5m]) > 3`, want: `result is never "failed"`},
		{name: "a group that does not exist", expr: `max by (flow, hop) (nas_vault_up) == 0`, want: "grouping by hop, which the series do not have"},
		{name: "a range of two scrapes", expr: `increase(nas_hop_failures_total[1m]) > 3`, want: "the range [1m0s] is less than four scrapes, 2m0s"},
		{name: "a value in a label", expr: `nas_vault_up == 0`, change: func(r *alerts.Rule) { r.Labels["value"] = "{{ $value }}" },
			want: "label value is a template"},
		{name: "an annotation of a label that is gone", expr: `min by (flow) (nas_hop_up) == 0`,
			change: func(r *alerts.Rule) { r.Annotations["description"] = "Hop {{ $labels.hop }} is down." },
			want:   "description uses label hop, which the expression drops or never has; it has flow"},
		{name: "no runbook", expr: `nas_vault_up == 0`, change: func(r *alerts.Rule) { r.Alert = "NASVaultSad" }, want: "there is no runbook"},
		{name: "a number in the summary", expr: `nas_vault_up == 0`, change: func(r *alerts.Rule) { r.Annotations["summary"] = "{{ $value }} Vaults." },
			want: "the summary has a number"},
		{name: "a severity of its own", expr: `nas_vault_up == 0`, change: func(r *alerts.Rule) { r.Labels["severity"] = "page" }, want: `severity is "page"`},
		{name: "an orphan", expr: `nas_vault_up == 0`, change: func(r *alerts.Rule) {
			*r = alerts.Rule{Record: "flow:nas_vault_up:min", Expr: "min by (flow) (nas_vault_up)"}
		},
			want: "no rule reads this recording rule"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rule := sound(tc.expr)
			if tc.change != nil {
				tc.change(&rule)
			}
			got := lint([]alerts.Group{{Rules: []alerts.Rule{rule}}})
			if !slices.ContainsFunc(got, func(problem string) bool { return strings.Contains(problem, tc.want) }) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// sound is a rule with which nothing is wrong but, perhaps, its expression.
func sound(expr string) alerts.Rule {
	const name = "NASVaultUnavailable"
	return alerts.Rule{
		Alert: name, Expr: expr, For: "5m",
		Labels: map[string]string{"severity": "warning"},
		Annotations: map[string]string{
			"summary": "It is down.", "description": "It is down.", "runbook_url": runbookBase + name + ".md",
			"dashboard_url": dashboardBase + "?var-flow={{ $labels.flow }}",
		},
	}
}

// TestSoundRule keeps the cases above honest: what they change is all that is wrong.
func TestSoundRule(t *testing.T) {
	for _, problem := range lint([]alerts.Group{{Rules: []alerts.Rule{sound(`nas_vault_up == 0`)}}}) {
		t.Error(problem)
	}
}
