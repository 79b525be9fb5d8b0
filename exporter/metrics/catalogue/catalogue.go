// Package catalogue is the only place where a metric's name is written. It is data:
// what is exposed, docs/metrics.md, the alert rules and the dashboards are made
// from it or tested against it.
package catalogue

import (
	"slices"

	"homelab.io/vault-health-exporter/exporter/flow"
)

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
	// From is the hop of which every check finds a gauge anew: what one does not
	// find is absent. Other gauges are kept until they are found again.
	From flow.Hop
	// Sole says that of a gauge's series which differ in their last label alone one
	// is there at a time: that label is what was found.
	Sole bool
}

// OfFlow reports whether each series of the metric is one flow's.
func (m Metric) OfFlow() bool { return len(m.Labels) > 0 && m.Labels[0] == "flow" }

// The buckets, in seconds: one request or check, and the way of a new value
// from hop to hop, which takes as long as the copiers' schedules.
var (
	requestBuckets     = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	propagationBuckets = []float64{1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600}
)

// The names.
const (
	RetrievalAttempts    = "qnap_token_retrieval_attempts_total"
	RetrievalSuccess     = "qnap_token_retrieval_success_total"
	RetrievalFailures    = "qnap_token_retrieval_failures_total"
	RetrievalDuration    = "qnap_token_retrieval_duration_seconds"
	RetrievalLastSuccess = "qnap_token_retrieval_last_success_timestamp_seconds"
	NASVaultUp           = "nas_vault_up"
	RequestDuration      = "nas_cluster_request_duration_seconds"
	HopUp                = "nas_hop_up"
	HopChecks            = "nas_hop_checks_total"
	HopFailures          = "nas_hop_failures_total"
	HopHanging           = "nas_hop_check_hanging"
	HopLastSuccess       = "nas_hop_last_success_timestamp_seconds"
	Slots                = "nas_flow_slots_total"
	Blame                = "nas_flow_blame"
	SLOObjective         = "nas_slo_objective_ratio"
	InSync               = "nas_token_in_sync"
	FirstSeen            = "nas_token_value_first_seen_timestamp_seconds"
	Rotations            = "nas_token_rotations_total"
	Propagation          = "nas_token_propagation_duration_seconds"
	FallbackUsable       = "nas_token_fallback_usable"
	PKIAttempts          = "nas_pki_issuance_attempts_total"
	PKISuccess           = "nas_pki_issuance_success_total"
	PKIFailures          = "nas_pki_issuance_failures_total"
	PKIDuration          = "nas_pki_issuance_duration_seconds"
	SnapshotTimestamp    = "nas_vault_snapshot_timestamp_seconds"
	FeatureEnabled       = "nas_flow_feature_enabled"
	BuildInfo            = "vault_health_exporter_build_info"
	ReloadSuccessful     = "vault_health_exporter_config_last_reload_successful"
	ReloadTimestamp      = "vault_health_exporter_config_last_reload_success_timestamp_seconds"
	SchedulerLag         = "vault_health_exporter_scheduler_lag_seconds"
	Panics               = "vault_health_exporter_panics_total"
	Leader               = "vault_health_exporter_leader"
)

// What checks find, by name; see Fact.
const (
	NASVaultSealed      = "nas_vault_sealed"
	NASVaultInitialized = "nas_vault_initialized"
	NASVaultStandby     = "nas_vault_standby"
	NASVaultClockSkew   = "nas_vault_clock_skew_seconds"
	VaultInfo           = "nas_flow_vault_info"
	VaultIdentity       = "nas_flow_vault_identity"
	RotationOpen        = "nas_token_rotation_open_timestamp_seconds"
	TokenValid          = "nas_token_valid"
	TokenRoot           = "nas_token_root"
	TokenExpiry         = "nas_token_expiry_timestamp_seconds"
	KVVersion           = "nas_token_kv_version"
	BrokerLastSuccess   = "nas_token_broker_last_success_timestamp_seconds"
	ExternalReady       = "nas_external_secret_ready"
	ExternalRefresh     = "nas_external_secret_refresh_timestamp_seconds"
	ExternalSource      = "nas_external_secret_source"
	CheckWarm           = "nas_hop_check_warm"
	CertificateExpiry   = "nas_tls_certificate_expiry_timestamp_seconds"
)

var metrics = []Metric{
	{Name: RetrievalAttempts, Type: Counter, Labels: []string{"flow", "hop"}, Help: "Finished retrievals of the token at a hop that holds a copy, whatever the outcome."},
	{Name: RetrievalSuccess, Type: Counter, Labels: []string{"flow", "hop"}, Help: "Retrievals that returned a well-formed token."},
	{Name: RetrievalFailures, Type: Counter, Labels: []string{"flow", "hop", "reason"}, Help: "Retrievals that did not return a well-formed token, by reason; attempts = success + the sum of these at every scrape."},
	{Name: RetrievalDuration, Type: Histogram, Labels: []string{"flow", "hop"}, Help: "Time that one retrieval took, failed ones included. Exemplar: trace_id, where the trace was sampled and sent.", Buckets: requestBuckets},
	{Name: RetrievalLastSuccess, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "Unix time of the last successful retrieval; absent until one."},
	{Name: NASVaultUp, Type: Gauge, Labels: []string{"flow"}, Help: "1 if the NAS Vault answered and is initialized, unsealed and active; absent while the exporter itself cannot look."},
	{Name: NASVaultSealed, Type: Gauge, Labels: []string{"flow"}, From: flow.NASVault, Help: "1 if the NAS Vault says that it is sealed; absent while it does not answer."},
	{Name: NASVaultInitialized, Type: Gauge, Labels: []string{"flow"}, From: flow.NASVault, Help: "1 if the NAS Vault says that it is initialized; absent while it does not answer."},
	{Name: NASVaultStandby, Type: Gauge, Labels: []string{"flow"}, From: flow.NASVault, Help: "1 if the Vault that answered at the NAS is a standby; absent while none answers."},
	{Name: NASVaultClockSkew, Type: Gauge, Labels: []string{"flow"}, From: flow.NASVault, Help: "The NAS Vault's clock minus the exporter's at the request's midpoint, within half a second; absent while it does not answer."},
	{Name: VaultInfo, Type: Gauge, Labels: []string{"flow", "vault", "version"}, Sole: true, Help: "1, with the version that a Vault reports; two versions on one flow are a skew."},
	{Name: VaultIdentity, Type: Gauge, Labels: []string{"flow", "vault"}, Help: "A number made from the cluster id of the Vault that answers; where it changes, another Vault does. Absent until Vault has said it, which a sealed one does not."},
	{Name: RequestDuration, Type: Histogram, Labels: []string{"flow", "operation", "result"}, Help: "Time that one request to one upstream took.", Buckets: requestBuckets},
	{Name: HopUp, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "1 if the last check of the hop passed; absent before the first."},
	{Name: HopChecks, Type: Counter, Labels: []string{"flow", "hop"}, Help: "Finished checks of a hop, whatever the outcome."},
	{Name: HopFailures, Type: Counter, Labels: []string{"flow", "hop", "reason"}, Help: "Failed checks of a hop, by reason."},
	{Name: HopHanging, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "1 while a check of the hop does not return although its time is over: it is left behind, and each moment at which one is due counts as a timeout; absent before the first."},
	{Name: CheckWarm, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "1 if the hop's last check used only connections that were open before, 0 if it opened one; absent with connections: fresh."},
	{Name: HopLastSuccess, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "Unix time of the last check of the hop that passed; absent until one."},
	{Name: Slots, Type: Counter, Labels: []string{"flow", "result"}, Help: "Scheduled moments of a flow that have passed, by how they ended; they pass also when nothing ran."},
	{Name: Blame, Type: Gauge, Labels: []string{"flow", "hop", "reason"}, Help: "1 on the one hop and reason that explain why the flow is not good; no series while it is."},
	{Name: SLOObjective, Type: Gauge, Labels: []string{"flow", "slo"}, Help: "The share of time or of slots that is promised to be good."},
	{Name: InSync, Type: Gauge, Labels: []string{"flow", "from", "to"}, Help: "1 if both hops hold the same token, 0 if not; absent while either is unread."},
	{Name: FirstSeen, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "Unix time since when a hop is known to hold the value that it holds now: KV v2's own word for the version, else the first sight of it, or the age of the same value where it is copied from."},
	{Name: Rotations, Type: Counter, Labels: []string{"flow", "hop"}, Help: "Changes of the token's value that were seen at a hop."},
	{Name: RotationOpen, Type: Gauge, Labels: []string{"flow"}, From: flow.NASKV, Help: "Unix time at which the oldest rotation began that is noted beside the NAS Vault's copy and has not ended; absent while none is, or while that cannot be read."},
	{Name: Propagation, Type: Histogram, Labels: []string{"flow", "from", "to"}, Help: "Time from the first sight of a new value upstream to its first sight downstream; the pair from the source to k8s_secret is the whole way, in which applications may hold a token that is dead.", Buckets: propagationBuckets},
	{Name: TokenValid, Type: Gauge, Labels: []string{"flow", "hop"}, From: flow.Token, Help: "1 if the token that applications get authenticates at the NAS Vault, 0 if it was refused; absent while the NAS Vault cannot be asked."},
	{Name: TokenRoot, Type: Gauge, Labels: []string{"flow"}, Help: "1 if the token that applications get carries the root policy."},
	{Name: TokenExpiry, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "Unix time at which the token that applications get ends, as last looked up; +Inf without a time to live."},
	{Name: KVVersion, Type: Gauge, Labels: []string{"flow", "hop"}, Help: "KV v2 version of the copy at a hop."},
	{Name: BrokerLastSuccess, Type: Gauge, Labels: []string{"flow"}, Help: "Unix time at which the broker's CronJob last succeeded; absent until it has."},
	{Name: ExternalReady, Type: Gauge, Labels: []string{"flow"}, From: flow.ExternalSecret, Help: "1 if the ExternalSecret is Ready; absent while it cannot be read."},
	{Name: ExternalRefresh, Type: Gauge, Labels: []string{"flow"}, From: flow.ExternalSecret, Help: "Unix time at which the ExternalSecret was last refreshed; absent until it was."},
	{Name: ExternalSource, Type: Gauge, Labels: []string{"flow", "source"}, Sole: true, Help: "1, with what the ExternalSecret and its store say that the Secret is made from: the hop of a copy, with which it is compared; elsewhere, and it is compared with none; or assumed, where they cannot be read or understood, and it is compared with the nearest copy."},
	{Name: FallbackUsable, Type: Gauge, Labels: []string{"flow", "tier"}, Help: "1 if a fallback tier would serve a working token now, 0 if not; absent while that cannot be known."},
	{Name: PKIAttempts, Type: Counter, Labels: []string{"flow", "role"}, Help: "Finished attempts to have a canary certificate issued by the NAS Vault, whatever the outcome."},
	{Name: PKISuccess, Type: Counter, Labels: []string{"flow", "role"}, Help: "Canary certificates that were issued and verified."},
	{Name: PKIFailures, Type: Counter, Labels: []string{"flow", "role", "reason"}, Help: "Canary certificates that were not issued or did not verify, by reason."},
	{Name: PKIDuration, Type: Histogram, Labels: []string{"flow", "role"}, Help: "Time from the request of a canary certificate to its verified chain, failed ones included.", Buckets: requestBuckets},
	{Name: SnapshotTimestamp, Type: Gauge, Labels: []string{"flow"}, Help: "Unix time at which the newest raft snapshot of the NAS Vault was taken; absent while that cannot be read."},
	{Name: FeatureEnabled, Type: Gauge, Labels: []string{"flow", "feature"}, Help: "1 if a rollout flag is on; absent while the flags cannot be read."},
	{Name: CertificateExpiry, Type: Gauge, Labels: []string{"flow", "endpoint"}, Help: "Unix time at which an endpoint's leaf certificate ends, as last seen, also where the handshake failed because of it."},
	{Name: BuildInfo, Type: Gauge, Labels: []string{"branch", "goarch", "goos", "goversion", "revision", "tags", "version"}, Help: "1, with the exporter's build."},
	{Name: ReloadSuccessful, Type: Gauge, Help: "1 if the last reload of the configuration succeeded."},
	{Name: ReloadTimestamp, Type: Gauge, Help: "Unix time of the last successful reload of the configuration."},
	{Name: SchedulerLag, Type: Histogram, Help: "Time from the scheduled start of a check to its start; a slot that is skipped counts as one that starts an interval late.", Buckets: requestBuckets},
	{Name: Panics, Type: Counter, Help: "Checks that panicked; each counts as failed with reason internal."},
	{Name: Leader, Type: Gauge, Help: "1 while this exporter checks the flows, 0 while it stands by for another one and has no series of flows; absent without --leader-election."},
}

// Metrics returns every metric that the exporter itself defines.
func Metrics() []Metric { return slices.Clone(metrics) }
