package alerts_test

import "time"

// alertCase says for one alert what makes it fire and when. The cases of
// TestAlerts are made from these rows.
type alertCase struct {
	alert string
	fault fault
	// delay is how long after the first broken sample the expression becomes
	// true; for comes after that.
	delay time.Duration
	// decay is how long the expression stays true after the first healthy
	// sample; keep_firing_for comes after that.
	decay time.Duration
	// count is how many series of flow qnap fire; 0 is one.
	count int
	// absence says that the alert is about series that are not there.
	absence bool
	// always says that the alert fires whatever happens.
	always bool
}

const (
	minute = time.Minute
	qnap   = `{flow="qnap"}`
)

var alertCases = []alertCase{
	{alert: "NASVaultUnavailable", fault: fault{`nas_vault_up` + qnap: 0, `nas_vault_sealed` + qnap: nothing, `nas_vault_initialized` + qnap: nothing, `nas_vault_standby` + qnap: nothing}},
	{alert: "NASVaultSealed", fault: fault{`nas_vault_up` + qnap: 0, `nas_vault_sealed` + qnap: 1}},
	{alert: "NASVaultUninitialized", fault: fault{`nas_vault_up` + qnap: 0, `nas_vault_initialized` + qnap: 0}},
	{alert: "NASVaultStandby", fault: fault{`nas_vault_up` + qnap: 0, `nas_vault_standby` + qnap: 1}},
	{alert: "NASVaultReplaced", fault: fault{`nas_hop_failures_total{flow="qnap",hop="nas_vault",reason="other_vault"}`: 1}, decay: 2 * step},
	{alert: "NASVaultNotAnswering", fault: fault{`nas_vault_up` + qnap: 0}},
	{alert: "NASVaultClockSkew", fault: fault{`nas_vault_clock_skew_seconds` + qnap: -61}},
	{alert: "NASVaultVersionSkew", fault: fault{`nas_flow_vault_info{flow="qnap",vault="nas",version="1.21.0"}`: nothing, `nas_flow_vault_info{flow="qnap",vault="nas",version="1.20.4"}`: 1}},
	{alert: "NASTransitFailing", fault: fault{`nas_hop_up{flow="qnap",hop="transit"}`: 0}},
	{alert: "NASPKIIssuanceFailing", fault: fault{`nas_pki_issuance_failures_total{flow="qnap",role="canary",reason="forbidden"}`: 1}, delay: 3 * step, decay: 3 * minute},
	{alert: "NASPKIIssuanceSlow", fault: fault{`nas_pki_issuance_duration_seconds_bucket{flow="qnap",role="canary",le="1"}`: 0}, decay: 4 * minute},

	{alert: "NASTokenDeliveryBroken", fault: fault{`nas_flow_blame{flow="qnap",hop="k8s_secret",reason="not_found"}`: 1, `nas_flow_slots_total{flow="qnap",result="bad"}`: 1, `nas_flow_slots_total{flow="qnap",result="good"}`: 0}, delay: 2 * step},
	{alert: "NASTokenFlowDegraded", fault: fault{`nas_flow_blame{flow="qnap",hop="external_secret",reason="stale"}`: 1, `nas_flow_slots_total{flow="qnap",result="degraded"}`: 1, `nas_flow_slots_total{flow="qnap",result="good"}`: 0}},
	{alert: "NASTokenDeliveryUnknown", fault: fault{`nas_flow_blame{flow="qnap",hop="k8s_secret",reason="not_found"}`: 1, `nas_flow_slots_total{flow="qnap",result="inconclusive"}`: 1, `nas_flow_slots_total{flow="qnap",result="good"}`: 0}, delay: 2 * step},
	{alert: "QNAPTokenRetrievalFailure", fault: fault{`qnap_token_retrieval_failures_total{flow="qnap",hop="docker_exec",reason="tls_expired"}`: 1, `qnap_token_retrieval_failures_total{flow="qnap",hop="docker_exec",reason="timeout"}`: 1}, delay: 3 * step, decay: 3 * minute, count: 2},
	{alert: "NASTokenDrift", fault: fault{`nas_token_in_sync{flow="qnap",from="nas_kv",to="docker_exec"}`: 0}},
	{alert: "NASTokenInvalid", fault: fault{`nas_token_valid{flow="qnap",hop="token"}`: 0}},
	{alert: "NASTokenExpiring", fault: fault{`nas_token_expiry_timestamp_seconds{flow="qnap",hop="token"}`: 5 * hours}},
	{alert: "NASTokenExpiryImminent", fault: fault{`nas_token_expiry_timestamp_seconds{flow="qnap",hop="token"}`: 50 * minutes}},
	{alert: "NASTokenRoot", fault: fault{`nas_token_root` + qnap: 1, `nas_token_expiry_timestamp_seconds{flow="qnap",hop="token"}`: infinite}},
	{alert: "NASTokenRotationOverdue", fault: fault{`nas_token_value_first_seen_timestamp_seconds{flow="qnap",hop="nas_kv"}`: -9 * days}},
	{alert: "NASTokenRotationOpen", fault: fault{`nas_token_rotation_open_timestamp_seconds` + qnap: -61 * minutes}},
	{alert: "NASTokenNotFresh", fault: fault{`qnap_token_retrieval_last_success_timestamp_seconds{flow="qnap",hop="main_kv"}`: -16 * minutes}},

	{alert: "NASTokenBrokerSuspended", fault: fault{`nas_hop_failures_total{flow="qnap",hop="broker",reason="suspended"}`: 1}, delay: 3 * step, decay: 3 * minute},
	{alert: "NASTokenBrokerFailed", fault: fault{`nas_hop_failures_total{flow="qnap",hop="broker",reason="job_failed"}`: 1}, delay: 3 * step, decay: 3 * minute},
	{alert: "NASTokenBrokerStale", fault: fault{`nas_token_broker_last_success_timestamp_seconds` + qnap: -26 * minutes}},
	{alert: "NASExternalSecretNotReady", fault: fault{`nas_external_secret_ready` + qnap: 0}},
	{alert: "NASExternalSecretStale", fault: fault{`nas_external_secret_refresh_timestamp_seconds` + qnap: -16 * minutes}},
	{alert: "NASVaultSnapshotTooOld", fault: fault{`nas_vault_snapshot_timestamp_seconds` + qnap: -27 * hours}},
	{alert: "NASTokenFallbackUnusable", fault: fault{`nas_token_fallback_usable{flow="qnap",tier="local_cache"}`: 0}},
	{alert: "NASCertificateExpiring", fault: fault{`nas_tls_certificate_expiry_timestamp_seconds{flow="qnap",endpoint="docker_client"}`: 13 * days}},
	{alert: "NASCertificateExpiryImminent", fault: fault{`nas_tls_certificate_expiry_timestamp_seconds{flow="qnap",endpoint="docker"}`: -1 * hours}},

	{alert: "VaultHealthExporterSilent", fault: fault{`nas_flow_slots_total`: nothing}, absence: true},
	{alert: "VaultHealthExporterDown", fault: fault{`up`: 0}},
	{alert: "VaultHealthExporterAbsent", fault: fault{`up`: nothing}, absence: true},
	{alert: "VaultHealthExporterBlind", fault: fault{`nas_flow_slots_total{flow="qnap",result="skipped"}`: 1, `nas_flow_slots_total{flow="qnap",result="good"}`: 0}, delay: 7 * minute, decay: 7 * minute},
	{alert: "VaultHealthExporterStalled", fault: fault{`nas_flow_slots_total{flow="qnap",result="good"}`: 0}, delay: 4 * minute},
	{alert: "VaultHealthExporterTwice", fault: fault{`nas_slo_objective_ratio{flow="qnap",slo="token_delivery",pod="other"}`: 0.995}},
	{alert: "VaultHealthExporterCheckHangs", fault: fault{`nas_hop_check_hanging{flow="qnap",hop="k8s_secret"}`: 1}},
	{alert: "VaultHealthExporterSchedulerLag", fault: fault{`vault_health_exporter_scheduler_lag_seconds_bucket{le="0.005"}`: 0}, decay: 9 * minute},
	{alert: "VaultHealthExporterPanics", fault: fault{`vault_health_exporter_panics_total`: 1}, decay: 14 * minute},
	{alert: "VaultHealthExporterConfigReloadFailed", fault: fault{`vault_health_exporter_config_last_reload_successful`: 0}},
	{alert: "Watchdog", fault: fault{}, always: true},

	{alert: "NASErrorBudgetBurn1h", fault: ratios("token_delivery", 0.08, "1h", "5m")},
	{alert: "NASErrorBudgetBurn6h", fault: ratios("token_delivery", 0.04, "6h", "30m")},
	{alert: "NASErrorBudgetBurn1d", fault: ratios("nas_vault", 0.016, "1d", "2h")},
	{alert: "NASErrorBudgetBurn3d", fault: ratios("nas_vault", 0.006, "3d", "6h")},
	{alert: "NASErrorBudgetExhausted", fault: ratios("nas_vault", 0.006, "30d")},
}

// ratios breaks an objective: ratio is what failed over each of the windows.
func ratios(slo string, ratio float64, windows ...string) fault {
	f := fault{}
	for _, window := range windows {
		f[`flow:slo_errors:ratio_rate`+window+`{flow="qnap",slo="`+slo+`"}`] = ratio
	}
	return f
}
