package chaos

import (
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// storedOnMain are the faults in what the main cluster stores and says of itself.
var storedOnMain = []Fault{
	{
		Name: BrokerMissing, Does: "The broker's CronJob is gone.", Hop: flow.Broker, Reason: reason.NotFound,
		Seen:     "broker not_found",
		Embedded: &Tier{Alerts: []string{"NASTokenBrokerStale", "NASTokenFlowDegraded"}},
	},
	{
		Name: BrokerStopped, Does: "No Job of the broker has been started for a day.", Hop: flow.Broker, Reason: reason.Stale,
		Seen:     "broker stale",
		Embedded: &Tier{Alerts: []string{"NASTokenBrokerStale", "NASTokenFlowDegraded"}},
	},
	{
		Name: MainUninitialized, Does: "The main Vault is not initialized.", Hop: flow.MainVault, Reason: reason.Uninitialized,
		Seen:     "main_vault uninitialized, main_kv sealed",
		Later:    "broker job_failed, main_vault uninitialized, main_kv sealed, external_secret not_ready",
		Embedded: &Tier{Alerts: mainAway},
	},
	{
		Name: MainStandby, Does: "The main Vault is a standby without an active node.", Hop: flow.MainVault, Reason: reason.Standby,
		Seen:     "main_vault standby, main_kv standby",
		Later:    "broker job_failed, main_vault standby, main_kv standby, external_secret not_ready",
		Embedded: &Tier{Alerts: mainAway},
	},
	{
		Name: MainRemoved, Does: "The main Vault's node was removed from its cluster.", Hop: flow.MainVault, Reason: reason.NodeRemoved,
		Seen:     "main_vault node_removed, main_kv sealed",
		Later:    "broker job_failed, main_vault node_removed, main_kv sealed, external_secret not_ready",
		Embedded: &Tier{Alerts: mainAway},
	},
	{
		Name: MainOther, Does: "Another Vault answers at the main Vault's address.", Hop: flow.MainVault, Reason: reason.OtherVault,
		Remembered: true,
		Seen:       "main_vault other_vault, main_kv forbidden",
		Embedded:   &Tier{Alerts: unread},
	},
	{
		Name: MainKVMissing, Does: "There is no secret in the main Vault, also after every run of the broker.", Hop: flow.MainKV, Reason: reason.NotFound,
		Seen:     "main_kv not_found",
		Later:    "main_kv not_found, external_secret not_ready",
		Embedded: &Tier{Alerts: copyGone},
	},
	{
		Name: MainKVDestroyed, Does: "The token's newest version in the main Vault is destroyed, also after every run of the broker.", Hop: flow.MainKV, Reason: reason.Destroyed,
		Seen:     "main_kv destroyed",
		Later:    "main_kv destroyed, external_secret not_ready",
		Embedded: &Tier{Alerts: copyGone},
	},
	{
		Name: MainKVKeyMissing, Does: "The secret in the main Vault has no field token, also after every run of the broker.", Hop: flow.MainKV, Reason: reason.KeyMissing,
		Seen:     "main_kv key_missing",
		Later:    "main_kv key_missing, external_secret not_ready",
		Embedded: &Tier{Alerts: copyGone},
	},
	{
		Name: MainKVMountMissing, Does: "The secrets engine of the main Vault is gone.", Hop: flow.MainKV, Reason: reason.MountMissing,
		Seen:     "main_kv mount_missing",
		Later:    "main_kv mount_missing, external_secret not_ready",
		Embedded: &Tier{Alerts: copyGone},
	},
	{
		Name: MainKVFlat, Does: "The secrets engine of the main Vault is of KV version 1.", Hop: flow.MainKV, Reason: reason.KVVersion,
		Seen:     "main_kv kv_version",
		Later:    "main_kv kv_version, external_secret not_ready",
		Embedded: &Tier{Alerts: copyGone},
	},
	{
		Name: MainKVEmpty, Does: "The secret in the main Vault holds an empty token, also after every run of the broker.", Hop: flow.MainKV, Reason: reason.Empty,
		Seen:     "main_kv empty",
		Later:    "main_kv empty, k8s_secret empty, token empty",
		Embedded: &Tier{Alerts: spoilt},
	},
	{
		Name: MainKVMalformed, Does: "The secret in the main Vault holds no token, also after every run of the broker.", Hop: flow.MainKV, Reason: reason.Malformed,
		Seen:     "main_kv malformed",
		Later:    "main_kv malformed, k8s_secret malformed, token malformed",
		Embedded: &Tier{Alerts: spoilt},
	},
	{
		Name: MainKVTwoLines, Does: "The secret in the main Vault holds two tokens, also after every run of the broker.", Hop: flow.MainKV, Reason: reason.Ambiguous,
		Seen:     "main_kv ambiguous",
		Later:    "main_kv ambiguous, k8s_secret ambiguous, token ambiguous",
		Embedded: &Tier{Alerts: spoilt},
	},
	{
		Name: MainKVPadded, Does: "There is a newline behind the token in the main Vault, also after every run of the broker.", Hop: flow.MainKV, Reason: reason.Padded,
		Seen:     "main_kv padded",
		Later:    "main_kv padded, k8s_secret padded",
		Embedded: &Tier{Alerts: spoilt},
	},
	{
		Name: MainKVOversize, Does: "The secret in the main Vault is far larger than a token, also after every run of the broker.", Hop: flow.MainKV, Reason: reason.Oversize,
		Seen:     "main_kv oversize",
		Later:    "main_kv oversize, k8s_secret oversize, token oversize",
		Embedded: &Tier{Alerts: spoilt},
	},
	{
		Name: ESOMissing, Does: "The ExternalSecret is gone, and the Secret stays.", Hop: flow.ExternalSecret, Reason: reason.NotFound,
		Seen:     "external_secret not_found",
		Embedded: &Tier{Alerts: []string{"NASTokenFlowDegraded"}},
	},
	{
		Name: ESOSuspended, Does: "The ExternalSecret is set to refresh never.", Hop: flow.ExternalSecret, Reason: reason.Suspended,
		Seen:     "external_secret suspended",
		Embedded: &Tier{Alerts: []string{"NASExternalSecretStale", "NASTokenFlowDegraded"}},
	},
	{
		Name: ESOAPIMissing, Does: "Kubernetes does not serve ExternalSecrets.", Hop: flow.ExternalSecret, Reason: reason.APIMissing,
		Seen:     "external_secret api_missing",
		Embedded: &Tier{Alerts: []string{"NASTokenFlowDegraded"}},
	},
	{
		Name: SecretEmpty, Does: "The Secret's keys are empty, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.Empty,
		Seen:     "k8s_secret empty, token empty",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
	},
	{
		Name: SecretTwoLines, Does: "The Secret's keys hold two tokens, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.Ambiguous,
		Seen:     "k8s_secret ambiguous, token ambiguous",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
	},
	{
		Name: SecretPadded, Does: "There is a newline behind the token in the Secret, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.Padded,
		Seen:     "k8s_secret padded",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
	},
	{
		Name: SecretDiffers, Does: "One of the Secret's two keys holds a token that nobody issued, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.Mismatch,
		Seen:     "k8s_secret mismatch, token mismatch",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
	},
	{
		Name: SecretOversize, Does: "The Secret's keys are far larger than a token, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.Oversize,
		Seen:     "k8s_secret oversize, token oversize",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
	},
}
