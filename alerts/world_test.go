package alerts_test

import (
	"fmt"
	"math"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
)

// Seconds, for the numbers of clocks.
const (
	minutes = 60.0
	hours   = 60 * minutes
	days    = 24 * hours
)

// world returns every series that a rule reads, of two healthy flows: what
// breaks one must not be said of the other.
func world() []series {
	all := []series{
		{`up`, gauge, 1},
		{`vault_health_exporter_config_last_reload_successful`, gauge, 1},
		{`vault_health_exporter_panics_total`, counter, 0},
		{`vault_health_exporter_scheduler_lag_seconds_bucket{le="0.005"}`, counter, 9},
		{`vault_health_exporter_scheduler_lag_seconds_bucket{le="2.5"}`, counter, 9},
		{`vault_health_exporter_scheduler_lag_seconds_bucket{le="+Inf"}`, counter, 9},
	}
	for _, name := range []string{"qnap", "spare"} {
		for _, s := range flowWorld() {
			s.name = fmt.Sprintf(s.name, fmt.Sprintf("flow=%q", name))
			all = append(all, s)
		}
	}
	return all
}

// flowWorld returns the series of one flow; %s stands for its label.
func flowWorld() []series {
	all := []series{
		{`nas_vault_up{%s}`, gauge, 1},
		{`nas_vault_sealed{%s}`, gauge, 0},
		{`nas_vault_initialized{%s}`, gauge, 1},
		{`nas_vault_standby{%s}`, gauge, 0},
		{`nas_vault_clock_skew_seconds{%s}`, gauge, -0.3},
		{`nas_flow_vault_info{%s,vault="main",version="1.21.0"}`, gauge, 1},
		{`nas_flow_vault_info{%s,vault="nas",version="1.21.0"}`, gauge, 1},
		{`nas_flow_vault_info{%s,vault="nas",version="1.20.4"}`, missing, 1},
		{`nas_flow_slots_total{%s,result="good"}`, counter, 1},
		{`nas_slo_objective_ratio{%s,slo="token_delivery"}`, gauge, metrics.Objective},
		{`nas_slo_objective_ratio{%s,slo="token_delivery",pod="other"}`, missing, metrics.Objective},
		{`nas_flow_blame{%s,hop="k8s_secret",reason="not_found"}`, missing, 1},
		{`nas_flow_blame{%s,hop="external_secret",reason="stale"}`, missing, 1},
		{`nas_hop_failures_total{%s,hop="nas_vault",reason="other_vault"}`, counter, 0},
		{`nas_hop_failures_total{%s,hop="broker",reason="suspended"}`, counter, 0},
		{`nas_hop_failures_total{%s,hop="broker",reason="job_failed"}`, counter, 0},
		{`qnap_token_retrieval_failures_total{%s,hop="docker_exec",reason="tls_expired"}`, counter, 0},
		{`qnap_token_retrieval_failures_total{%s,hop="docker_exec",reason="timeout"}`, counter, 0},
		{`nas_token_valid{%s,hop="token"}`, gauge, 1},
		{`nas_token_root{%s}`, gauge, 0},
		{`nas_token_expiry_timestamp_seconds{%s,hop="token"}`, clock, 20 * hours},
		{`nas_token_value_first_seen_timestamp_seconds{%s,hop="nas_kv"}`, clock, -1 * days},
		{`nas_token_rotation_open_timestamp_seconds{%s}`, clock, -40 * minutes},
		{`nas_token_broker_last_success_timestamp_seconds{%s}`, clock, -4 * minutes},
		{`nas_external_secret_ready{%s}`, gauge, 1},
		{`nas_external_secret_refresh_timestamp_seconds{%s}`, clock, -2 * minutes},
		{`nas_vault_snapshot_timestamp_seconds{%s}`, clock, -9 * hours},
		{`nas_pki_issuance_failures_total{%s,role="canary",reason="forbidden"}`, counter, 0},
		{`nas_pki_issuance_duration_seconds_bucket{%s,role="canary",le="1"}`, counter, 3},
		{`nas_pki_issuance_duration_seconds_bucket{%s,role="canary",le="5"}`, counter, 3},
		{`nas_pki_issuance_duration_seconds_bucket{%s,role="canary",le="+Inf"}`, counter, 3},
	}
	for _, result := range flow.Results()[1:] {
		all = append(all, series{fmt.Sprintf(`nas_flow_slots_total{%%s,result=%q}`, result), counter, 0})
	}
	var hops []flow.Hop
	for _, e := range flow.Entries() {
		hops = append(hops, e.Hop)
		all = append(all, series{fmt.Sprintf(`nas_hop_up{%%s,hop=%q}`, e.Hop), gauge, 1}, series{fmt.Sprintf(`nas_hop_check_hanging{%%s,hop=%q}`, e.Hop), gauge, 0})
		if e.HoldsToken {
			all = append(all, series{fmt.Sprintf(`qnap_token_retrieval_last_success_timestamp_seconds{%%s,hop=%q}`, e.Hop), clock, -10})
		}
	}
	for _, p := range flow.Pairs(hops, flow.Feed{}) {
		all = append(all, series{fmt.Sprintf(`nas_token_in_sync{%%s,from=%q,to=%q}`, p.From, p.To), gauge, 1})
	}
	for _, tier := range []string{"cached_secret", "backup_configmap", "local_cache", "emergency_token"} {
		all = append(all, series{fmt.Sprintf(`nas_token_fallback_usable{%%s,tier=%q}`, tier), gauge, 1})
	}
	for _, endpoint := range []string{"docker", "docker_client", "nas_vault", "main_vault", "kubernetes"} {
		all = append(all, series{fmt.Sprintf(`nas_tls_certificate_expiry_timestamp_seconds{%%s,endpoint=%q}`, endpoint), clock, 90 * days})
	}
	return all
}

// recorded returns the error ratios of the objectives as if they had been
// recorded: days of history would take long to simulate for every case. That
// they are recorded right is the business of TestBurnRates.
func recorded() []series {
	var all []series
	for _, window := range []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"} {
		for _, slo := range []string{"nas_vault", "token_delivery"} {
			all = append(all, series{fmt.Sprintf(`flow:slo_errors:ratio_rate%s{flow="qnap",slo=%q}`, window, slo), gauge, 1 - metrics.Objective - 0.001})
		}
	}
	return all
}

// infinite is the expiry of a token without a time to live.
var infinite = math.Inf(1)
