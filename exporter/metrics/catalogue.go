// Package metrics is the only place where a metric's name is written. Its
// catalogue is data: the registry, docs/metrics.md, the alert rules and the
// dashboards are made from it or tested against it.
package metrics

import "slices"

// Type is a metric's type.
type Type string

// The types in use.
const (
	Counter   Type = "counter"
	Gauge     Type = "gauge"
	Histogram Type = "histogram"
)

// Metric is one row of the catalogue.
type Metric struct {
	Name string
	Type Type
	// Labels of the series; "flow" is first wherever the series is of a flow.
	Labels []string
	Help   string
	// Buckets are the upper bounds of a histogram, in seconds.
	Buckets []float64
}

// ofFlow reports whether each series of the metric is one flow's.
func (m Metric) ofFlow() bool { return len(m.Labels) > 0 && m.Labels[0] == flowLabel }

// The buckets, in seconds: one request or check, and the way of a new value
// from hop to hop, which takes as long as the copiers' schedules.
var (
	requestBuckets     = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	propagationBuckets = []float64{1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600}
)

// Names that more than this file needs.
const (
	retrievalAttempts    = "qnap_token_retrieval_attempts_total"
	retrievalSuccess     = "qnap_token_retrieval_success_total"
	retrievalFailures    = "qnap_token_retrieval_failures_total"
	retrievalDuration    = "qnap_token_retrieval_duration_seconds"
	retrievalLastSuccess = "qnap_token_retrieval_last_success_timestamp_seconds"
	nasVaultUp           = "nas_vault_up"
	nasVaultSealed       = "nas_vault_sealed"
	nasVaultInitialized  = "nas_vault_initialized"
	nasVaultStandby      = "nas_vault_standby"
	nasVaultClockSkew    = "nas_vault_clock_skew_seconds"
	vaultInfo            = "nas_flow_vault_info"
	vaultIdentity        = "nas_flow_vault_identity"
	requestDuration      = "nas_cluster_request_duration_seconds"
	hopUp                = "nas_hop_up"
	hopChecks            = "nas_hop_checks_total"
	hopFailures          = "nas_hop_failures_total"
	hopHanging           = "nas_hop_check_hanging"
	hopLastSuccess       = "nas_hop_last_success_timestamp_seconds"
	slots                = "nas_flow_slots_total"
	blame                = "nas_flow_blame"
	sloObjective         = "nas_slo_objective_ratio"
	inSync               = "nas_token_in_sync"
	firstSeen            = "nas_token_value_first_seen_timestamp_seconds"
	rotations            = "nas_token_rotations_total"
	rotationOpen         = "nas_token_rotation_open_timestamp_seconds"
	propagation          = "nas_token_propagation_duration_seconds"
	tokenValid           = "nas_token_valid"
	tokenRoot            = "nas_token_root"
	tokenExpiry          = "nas_token_expiry_timestamp_seconds"
	kvVersion            = "nas_token_kv_version"
	brokerLastSuccess    = "nas_token_broker_last_success_timestamp_seconds"
	externalReady        = "nas_external_secret_ready"
	externalRefresh      = "nas_external_secret_refresh_timestamp_seconds"
	fallbackUsable       = "nas_token_fallback_usable"
	pkiAttempts          = "nas_pki_issuance_attempts_total"
	pkiSuccess           = "nas_pki_issuance_success_total"
	pkiFailures          = "nas_pki_issuance_failures_total"
	pkiDuration          = "nas_pki_issuance_duration_seconds"
	snapshotTimestamp    = "nas_vault_snapshot_timestamp_seconds"
	featureEnabled       = "nas_flow_feature_enabled"
	certificateExpiry    = "nas_tls_certificate_expiry_timestamp_seconds"
	buildInfo            = "vault_health_exporter_build_info"
	reloadSuccessful     = "vault_health_exporter_config_last_reload_successful"
	reloadTimestamp      = "vault_health_exporter_config_last_reload_success_timestamp_seconds"
	schedulerLag         = "vault_health_exporter_scheduler_lag_seconds"
	panics               = "vault_health_exporter_panics_total"
)

var catalogue = []Metric{
	{Name: retrievalAttempts, Type: Counter, Labels: []string{"flow", "hop"}, Help: "Finished retrievals of the token at a hop that holds a copy, whatever the outcome."},
	{Name: retrievalSuccess, Type: Counter, Labels: []string{"flow", "hop"}, Help: "Retrievals that returned a well-formed token."},
	{Name: retrievalFailures, Type: Counter, Labels: []string{"flow", "hop", "reason"}, Help: "Retrievals that did not return a well-formed token, by reason; attempts = success + the sum of these at every scrape."},
	{Name: retrievalDuration, Type: Histogram, Labels: []string{"flow", "hop"}, Help: "Time that one retrieval took, failed ones included. Exemplar: trace_id, where the trace was sampled and sent.", Buckets: requestBuckets},
	{Name: retrievalLastSuccess, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "Unix time of the last successful retrieval; absent until one."},
	{Name: nasVaultUp, Type: Gauge, Labels: []string{"flow"}, Help: "1 if the NAS Vault answered and is initialized, unsealed and active; absent while the exporter itself cannot look."},
	{Name: nasVaultSealed, Type: Gauge, Labels: []string{"flow"}, Help: "1 if the NAS Vault says that it is sealed; absent while it does not answer."},
	{Name: nasVaultInitialized, Type: Gauge, Labels: []string{"flow"}, Help: "1 if the NAS Vault says that it is initialized; absent while it does not answer."},
	{Name: nasVaultStandby, Type: Gauge, Labels: []string{"flow"}, Help: "1 if the Vault that answered at the NAS is a standby; absent while none answers."},
	{Name: nasVaultClockSkew, Type: Gauge, Labels: []string{"flow"}, Help: "The NAS Vault's clock minus the exporter's at the request's midpoint, within half a second; absent while it does not answer."},
	{Name: vaultInfo, Type: Gauge, Labels: []string{"flow", "vault", "version"}, Help: "1, with the version that a Vault reports; two versions on one flow are a skew."},
	{Name: vaultIdentity, Type: Gauge, Labels: []string{"flow", "vault"}, Help: "A number made from the cluster id of the Vault that answers; where it changes, another Vault does. Absent until Vault has said it, which a sealed one does not."},
	{Name: requestDuration, Type: Histogram, Labels: []string{"flow", "operation", "result"}, Help: "Time that one request to one upstream took.", Buckets: requestBuckets},
	{Name: hopUp, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "1 if the last check of the hop passed; absent before the first."},
	{Name: hopChecks, Type: Counter, Labels: []string{"flow", "hop"}, Help: "Finished checks of a hop, whatever the outcome."},
	{Name: hopFailures, Type: Counter, Labels: []string{"flow", "hop", "reason"}, Help: "Failed checks of a hop, by reason."},
	{Name: hopHanging, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "1 while a check of the hop does not return although its time is over: it is left behind, and each moment at which one is due counts as a timeout; absent before the first."},
	{Name: hopLastSuccess, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "Unix time of the last check of the hop that passed; absent until one."},
	{Name: slots, Type: Counter, Labels: []string{"flow", "result"}, Help: "Scheduled moments of a flow that have passed, by how they ended; they pass also when nothing ran."},
	{Name: blame, Type: Gauge, Labels: []string{"flow", "hop", "reason"}, Help: "1 on the one hop and reason that explain why the flow is not good; no series while it is."},
	{Name: sloObjective, Type: Gauge, Labels: []string{"flow", "slo"}, Help: "The share of time or of slots that is promised to be good."},
	{Name: inSync, Type: Gauge, Labels: []string{"flow", "from", "to"}, Help: "1 if both hops hold the same token, 0 if not; absent while either is unread."},
	{Name: firstSeen, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "Unix time since when a hop is known to hold the value that it holds now: KV v2's own word for the version, else the first sight of it, or the age of the same value where it is copied from."},
	{Name: rotations, Type: Counter, Labels: []string{"flow", "hop"}, Help: "Changes of the token's value that were seen at a hop."},
	{Name: rotationOpen, Type: Gauge, Labels: []string{"flow"}, Help: "Unix time at which the oldest rotation began that is noted beside the NAS Vault's copy and has not ended; absent while none is, or while that cannot be read."},
	{Name: propagation, Type: Histogram, Labels: []string{"flow", "from", "to"}, Help: "Time from the first sight of a new value upstream to its first sight downstream; the pair from the source to k8s_secret is the whole way, in which applications may hold a token that is dead.", Buckets: propagationBuckets},
	{Name: tokenValid, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "1 if the token that applications get authenticates at the NAS Vault, 0 if it was refused; absent while the NAS Vault cannot be asked."},
	{Name: tokenRoot, Type: Gauge, Labels: []string{"flow"}, Help: "1 if the token that applications get carries the root policy."},
	{Name: tokenExpiry, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "Unix time at which the token that applications get ends, as last looked up; +Inf without a time to live."},
	{Name: kvVersion, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "KV v2 version of the copy at a hop."},
	{Name: brokerLastSuccess, Type: Gauge, Labels: []string{"flow"}, Help: "Unix time at which the broker's CronJob last succeeded; absent until it has."},
	{Name: externalReady, Type: Gauge, Labels: []string{"flow"}, Help: "1 if the ExternalSecret is Ready; absent while it cannot be read."},
	{Name: externalRefresh, Type: Gauge, Labels: []string{"flow"}, Help: "Unix time at which the ExternalSecret was last refreshed; absent until it was."},
	{Name: fallbackUsable, Type: Gauge, Labels: []string{"flow", "tier"}, Help: "1 if a fallback tier would serve a working token now, 0 if not; absent while that cannot be known."},
	{Name: pkiAttempts, Type: Counter, Labels: []string{"flow", "role"}, Help: "Finished attempts to have a canary certificate issued by the NAS Vault, whatever the outcome."},
	{Name: pkiSuccess, Type: Counter, Labels: []string{"flow", "role"}, Help: "Canary certificates that were issued and verified."},
	{Name: pkiFailures, Type: Counter, Labels: []string{"flow", "role", "reason"}, Help: "Canary certificates that were not issued or did not verify, by reason."},
	{Name: pkiDuration, Type: Histogram, Labels: []string{"flow", "role"}, Help: "Time from the request of a canary certificate to its verified chain, failed ones included.", Buckets: requestBuckets},
	{Name: snapshotTimestamp, Type: Gauge, Labels: []string{"flow"}, Help: "Unix time at which the newest raft snapshot of the NAS Vault was taken; absent while that cannot be read."},
	{Name: featureEnabled, Type: Gauge, Labels: []string{"flow", "feature"}, Help: "1 if a rollout flag is on; absent while the flags cannot be read."},
	{Name: certificateExpiry, Type: Gauge, Labels: []string{"flow", "endpoint"}, Help: "Unix time at which an endpoint's leaf certificate ends, as last seen, also where the handshake failed because of it."},
	{Name: buildInfo, Type: Gauge, Labels: []string{"branch", "goarch", "goos", "goversion", "revision", "tags", "version"}, Help: "1, with the exporter's build."},
	{Name: reloadSuccessful, Type: Gauge, Help: "1 if the last reload of the configuration succeeded."},
	{Name: reloadTimestamp, Type: Gauge, Help: "Unix time of the last successful reload of the configuration."},
	{Name: schedulerLag, Type: Histogram, Help: "Time from the scheduled start of a check to its start.", Buckets: requestBuckets},
	{Name: panics, Type: Counter, Help: "Checks that panicked; each counts as failed with reason internal."},
}

// rows are the catalogue by name.
var rows = func() map[string]Metric {
	byName := map[string]Metric{}
	for _, row := range catalogue {
		byName[row.Name] = row
	}
	return byName
}()

// Catalogue returns every metric that the exporter itself defines.
func Catalogue() []Metric { return slices.Clone(catalogue) }
