package chaos

import (
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// onward are the faults of what carries the token on, of the token itself, and of
// what else the NAS Vault is for.
var onward = []Fault{
	{
		Name: BrokerSuspended, Does: "The broker's CronJob is suspended.", Hop: flow.Broker, Reason: reason.Suspended,
		Seen:     "broker suspended",
		Embedded: &Tier{Alerts: []string{"NASTokenBrokerSuspended", "NASTokenBrokerStale", "NASTokenFlowDegraded"}},
		Lab:      &Tier{Alerts: []string{"NASTokenBrokerSuspended", "NASTokenBrokerStale", "NASTokenFlowDegraded"}, Where: "broker", Onset: 3 * time.Minute, Paged: true},
		Live:     true,
	},
	{
		Name: BrokerFailed, Does: "The broker's Jobs fail.", Hop: flow.Broker, Reason: reason.JobFailed,
		Seen:     "broker job_failed",
		Embedded: &Tier{Alerts: []string{"NASTokenBrokerFailed", "NASTokenBrokerStale", "NASTokenFlowDegraded"}},
		Lab:      &Tier{Alerts: []string{"NASTokenBrokerFailed", "NASTokenFlowDegraded"}},
	},
	{
		Name: JobsLinkDown, Does: "The Jobs alone cannot reach the NAS Vault.",
		Lab: &Tier{Quiet: "the broker keeps what it has copied, and notes an Event"},
	},
	{
		Name: MainSealed, Does: "The main Vault is sealed.", Hop: flow.MainVault, Reason: reason.Sealed,
		Seen:     "main_vault sealed, main_kv sealed",
		Later:    "broker job_failed, main_vault sealed, main_kv sealed, external_secret not_ready",
		Embedded: &Tier{Alerts: also(unread, "NASExternalSecretNotReady", "NASExternalSecretStale", "NASTokenBrokerFailed", "NASTokenBrokerStale")},
		Lab:      &Tier{Alerts: also(unread, "NASExternalSecretNotReady", "NASTokenBrokerFailed"), Alone: true},
	},
	{
		Name: MainForbidden, Does: "The main Vault refuses the exporter's Kubernetes login.", Hop: flow.MainVault, Reason: reason.Forbidden,
		Seen:     "main_vault forbidden, main_kv forbidden",
		Embedded: &Tier{Alerts: unread},
		Lab:      &Tier{Alerts: unread},
	},
	{
		Name: MainKVDeleted, Does: "The token's newest version in the main Vault is deleted, again after every run of the broker.", Hop: flow.MainKV, Reason: reason.SoftDeleted,
		Seen:     "main_kv soft_deleted",
		Later:    "main_kv soft_deleted, external_secret not_ready",
		Embedded: &Tier{Alerts: also(unread, "NASExternalSecretNotReady", "NASExternalSecretStale")},
		Lab:      &Tier{Alerts: also(unread, "NASExternalSecretNotReady")},
	},
	{
		Name: ESOStopped, Does: "External Secrets reports that it cannot refresh the Secret.", Hop: flow.ExternalSecret, Reason: reason.NotReady,
		Seen:     "external_secret not_ready",
		Embedded: &Tier{Alerts: []string{"NASExternalSecretNotReady", "NASExternalSecretStale", "NASTokenFlowDegraded"}},
		Lab:      &Tier{Alerts: []string{"NASExternalSecretNotReady", "NASTokenFlowDegraded"}},
	},
	{
		Name: ESOGone, Does: "External Secrets runs no more, and leaves the ExternalSecret as ready as it was.", Hop: flow.ExternalSecret, Reason: reason.Stale,
		Lab: &Tier{Alerts: []string{"NASExternalSecretStale", "NASTokenFlowDegraded"}, Where: "external_secret", Onset: 15 * time.Minute, Paged: true},
	},
	{
		Name: ESORestart, Does: "External Secrets is restarted.",
		Lab:  &Tier{Quiet: "it is back long before its ExternalSecret is old", Alone: true},
		Live: true,
	},
	{
		Name: SecretDeleted, Does: "The Secret is deleted, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.NotFound,
		Seen:     "k8s_secret not_found, token not_found",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
		Lab:      &Tier{Alerts: also(undelivered, burn), Where: "k8s_secret", Onset: 2 * time.Minute, Paged: true, Felt: true},
	},
	{
		Name: SecretCorrupt, Does: "The Secret's keys hold no token, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.Malformed,
		Seen:     "k8s_secret malformed, token malformed",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
		Lab:      &Tier{Alerts: also(undelivered, burn), Felt: true},
	},
	{
		Name: SecretKeyMissing, Does: "The Secret lacks the key QNAP_VAULT_TOKEN, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.KeyMissing,
		Seen:     "k8s_secret key_missing, token key_missing",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
		Lab:      &Tier{Alerts: also(undelivered, burn), Felt: true},
	},
	{
		Name: K8sDown, Does: "The Kubernetes API refuses connections, so nothing runs there and the main Vault refuses logins.", Hop: flow.K8sSecret, Reason: reason.ConnectRefused,
		Seen:     "broker connect_refused, main_vault forbidden, main_kv forbidden, external_secret connect_refused, k8s_secret connect_refused, token connect_refused",
		Embedded: &Tier{Alerts: unseen},
		Lab:      &Tier{Alerts: unseen, Alone: true},
	},
	{
		Name: K8sForbidden, Does: "The exporter's role in Kubernetes is gone.", Hop: flow.K8sSecret, Reason: reason.Forbidden,
		Seen:     "broker forbidden, external_secret forbidden, k8s_secret forbidden, token forbidden",
		Embedded: &Tier{Alerts: unseen},
		Lab:      &Tier{Alerts: unseen},
	},
	{
		Name: TokenRevoked, Does: "The NAS Vault revokes the applications' token, and every new one as soon as it is issued.", Hop: flow.Token, Reason: reason.Revoked,
		Seen:     "token revoked",
		Later:    "broker job_failed, token revoked",
		Embedded: &Tier{Alerts: []string{"NASTokenDeliveryBroken", "NASTokenInvalid", "NASTokenBrokerFailed", "NASTokenBrokerStale", burn, slowBurn}},
		Lab:      &Tier{Alerts: []string{"NASTokenDeliveryBroken", "NASTokenInvalid", burn}, Where: "token", Onset: 2 * time.Minute, Paged: true, Felt: true},
	},
	{
		Name: PKIForbidden, Does: "The exporter's policy in the NAS Vault lacks the role that signs its certificates.", Hop: flow.PKI, Reason: reason.Forbidden,
		Seen:     "pki forbidden",
		Embedded: &Tier{Alerts: unissued},
		Lab:      &Tier{Alerts: unissued},
	},
	{
		Name: PKIRoleMissing, Does: "The role that signs the exporter's certificates is gone from the NAS Vault.", Hop: flow.PKI, Reason: reason.NotFound,
		Seen:     "pki not_found",
		Embedded: &Tier{Alerts: unissued},
		Lab:      &Tier{Alerts: unissued, Alone: true},
	},
	{
		Name: PKIUnmounted, Does: "The engine that signs certificates is gone from the NAS Vault.", Hop: flow.PKI, Reason: reason.MountMissing,
		Seen:     "pki mount_missing",
		Embedded: &Tier{Alerts: unissued},
		Lab:      &Tier{Alerts: unissued, Alone: true},
	},
	{
		Name: TransitForbidden, Does: "The exporter's policy in the NAS Vault lacks the key that unseals the main Vault.", Hop: flow.Transit, Reason: reason.Forbidden,
		Seen:     "transit forbidden",
		Embedded: &Tier{Alerts: keyless},
		Lab:      &Tier{Alerts: keyless},
	},
	{
		Name: TransitKeyMissing, Does: "The key that unseals the main Vault is gone from the NAS Vault.", Hop: flow.Transit, Reason: reason.NotFound,
		Seen:     "transit not_found",
		Embedded: &Tier{Alerts: keyless},
		Lab:      &Tier{Alerts: keyless, Alone: true},
	},
	{
		Name: TransitOtherKey, Does: "The key that unseals the main Vault is another one, as at a NAS Vault that was installed anew.", Hop: flow.Transit, Reason: reason.WrongKey,
		Seen:     "transit wrong_key",
		Embedded: &Tier{Alerts: keyless},
		Lab:      &Tier{Alerts: keyless, Alone: true},
	},
	{
		Name: TransitUnmounted, Does: "The engine with the key that unseals the main Vault is gone from the NAS Vault.", Hop: flow.Transit, Reason: reason.MountMissing,
		Seen:     "transit mount_missing",
		Embedded: &Tier{Alerts: keyless},
		Lab:      &Tier{Alerts: keyless, Alone: true},
	},
	{
		Name: RotationOpen, Does: "A rotation that began two hours ago has not ended; the flow works.",
		Embedded: &Tier{Alerts: []string{"NASTokenRotationOpen"}},
		Lab:      &Tier{Alerts: []string{"NASTokenRotationOpen"}},
		Live:     true,
	},
	{
		Name: TokenRotated, Does: "The token is rotated once; the copiers carry it on.",
		Seen:     "nas_kv->main_kv stale",
		Later:    Nothing,
		Embedded: &Tier{Quiet: carriedOn},
		Lab:      &Tier{Quiet: carriedOn, Paged: true, Passing: true},
		Live:     true,
	},
}
