package chaos

import (
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

var catalogue = []Fault{
	{
		Name: DockerDown, Does: "The Docker API on the NAS refuses connections.", Hop: flow.DockerExec, Reason: reason.ConnectRefused,
		Seen:     "docker_exec connect_refused",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: DockerCertExpired, Does: "The Docker API shows a certificate that expired an hour ago.", Hop: flow.DockerExec, Reason: reason.TLSExpired,
		Seen:     "docker_exec tls_expired",
		Embedded: &Tier{Alerts: expired},
		Lab:      &Tier{Alerts: expired, Where: "docker"},
	},
	{
		Name: DockerClientCert, Does: "The Docker API trusts another CA and refuses the exporter's client certificate.", Hop: flow.DockerExec, Reason: reason.TLSClientCert,
		Seen:     "docker_exec tls_client_cert",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: ContainerStopped, Does: "The container qnap-k3s has exited.", Hop: flow.DockerExec, Reason: reason.ContainerNotRunning,
		Seen:     "docker_exec container_not_running",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: ContainerPaused, Does: "The container qnap-k3s is paused.", Hop: flow.DockerExec, Reason: reason.ContainerPaused,
		Seen:     "docker_exec container_paused",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: ContainerMissing, Does: "The container qnap-k3s does not exist.", Hop: flow.DockerExec, Reason: reason.ContainerMissing,
		Seen:     "docker_exec container_missing",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: FileMissing, Does: "The token file is gone.", Hop: flow.DockerExec, Reason: reason.FileMissing,
		Seen:     "docker_exec file_missing",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: FilePermission, Does: "The token file may not be read.", Hop: flow.DockerExec, Reason: reason.FilePermission,
		Seen:     "docker_exec file_permission",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: FileEmpty, Does: "The token file is empty.", Hop: flow.DockerExec, Reason: reason.Empty,
		Seen:     "docker_exec empty",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: FileMalformed, Does: "The token file holds a prompt instead of a token.", Hop: flow.DockerExec, Reason: reason.Malformed,
		Seen:     "docker_exec malformed",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: FileTwoLines, Does: "The token file holds two tokens.", Hop: flow.DockerExec, Reason: reason.Ambiguous,
		Seen:     "docker_exec ambiguous",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: FileStuck, Does: "The token is rotated everywhere but in the file.", Hop: flow.DockerExec, Reason: reason.Stale,
		Seen:     "nas_kv->docker_exec stale",
		Embedded: &Tier{Alerts: drift},
		Lab:      &Tier{Alerts: drift, Where: "docker_exec"},
	},
	{
		Name: NASDown, Does: "The NAS is off: its Vault and its Docker API refuse connections.", Hop: flow.NASVault, Reason: reason.ConnectRefused,
		Seen:     "docker_exec connect_refused, nas_vault connect_refused, nas_kv connect_refused, token connect_refused, pki connect_refused, transit connect_refused",
		Embedded: &Tier{Alerts: also(unavailable, burn, slowBurn)},
		Lab:      &Tier{Alerts: also(unavailable, burn)},
	},
	{
		Name: NASSlow, Does: "The NAS Vault takes requests and does not answer.", Hop: flow.NASVault, Reason: reason.Timeout,
		Seen:     "nas_vault timeout, nas_kv timeout, token timeout, pki timeout, transit timeout",
		Embedded: &Tier{Alerts: also(unavailable, burn, slowBurn, slowPKI)},
	},
	{
		Name: NAS5xx, Does: "The NAS Vault answers everything with status 500.", Hop: flow.NASVault, Reason: reason.HTTP5xx,
		Seen:     "nas_vault http_5xx, nas_kv http_5xx, token http_5xx, pki http_5xx, transit http_5xx",
		Embedded: &Tier{Alerts: also(unavailable, burn, slowBurn)},
	},
	{
		Name: NASGarbage, Does: "A sign-in page answers in the NAS Vault's place.", Hop: flow.NASVault, Reason: reason.MalformedResponse,
		Seen:     "nas_vault malformed_response, nas_kv malformed_response, token malformed_response, pki malformed_response, transit malformed_response",
		Later:    "nas_vault malformed_response, nas_kv malformed_response, broker job_failed, token malformed_response, pki malformed_response, transit malformed_response",
		Embedded: &Tier{Alerts: also(unavailable, burn, slowBurn, "NASTokenBrokerFailed", "NASTokenBrokerStale")},
	},
	{
		Name: NASOther, Does: "Another Vault answers at the NAS Vault's address, set up alike and without its data.", Hop: flow.NASVault, Reason: reason.OtherVault,
		Remembered: true,
		Seen:       "nas_vault other_vault, nas_kv forbidden, token revoked, pki forbidden, transit forbidden",
		Later:      "nas_vault other_vault, nas_kv forbidden, broker job_failed, token revoked, pki forbidden, transit forbidden",
		Embedded:   &Tier{Alerts: also(replaced, slowBurn)},
		Lab:        &Tier{Alerts: replaced, Where: "nas_vault", Onset: 2 * time.Minute},
	},
	{
		Name: NASUninitialized, Does: "The NAS Vault is not initialized.", Hop: flow.NASVault, Reason: reason.Uninitialized,
		Seen:     "nas_vault uninitialized, nas_kv sealed, token sealed, pki sealed, transit sealed",
		Embedded: &Tier{Alerts: append([]string{"NASVaultUninitialized", burn, slowBurn}, unavailable...)},
	},
	{
		Name: NASSeal, Does: "The NAS Vault is sealed.", Hop: flow.NASVault, Reason: reason.Sealed,
		Seen:     "nas_vault sealed, nas_kv sealed, token sealed, pki sealed, transit sealed",
		Embedded: &Tier{Alerts: append([]string{"NASVaultSealed", burn, slowBurn}, unavailable...)},
		Lab:      &Tier{Alerts: also([]string{"NASVaultSealed", burn}, unavailable...)},
	},
	{
		Name: NASStandby, Does: "The NAS Vault is a standby without an active node.", Hop: flow.NASVault, Reason: reason.Standby,
		Seen:     "nas_vault standby, nas_kv standby, token standby, pki standby, transit standby",
		Embedded: &Tier{Alerts: append([]string{"NASVaultStandby", burn, slowBurn}, unavailable...)},
	},
	{
		Name: KVDeleted, Does: "The token's newest version in the NAS Vault is deleted, and can be undeleted.", Hop: flow.NASKV, Reason: reason.SoftDeleted,
		Seen:     "nas_kv soft_deleted",
		Later:    "nas_kv soft_deleted, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
	},
	{
		Name: KVDestroyed, Does: "The token's newest version in the NAS Vault is destroyed.", Hop: flow.NASKV, Reason: reason.Destroyed,
		Seen:     "nas_kv destroyed",
		Later:    "nas_kv destroyed, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
	},
	{
		Name: KVKeyMissing, Does: "The secret in the NAS Vault has no field token.", Hop: flow.NASKV, Reason: reason.KeyMissing,
		Seen:     "nas_kv key_missing",
		Later:    "nas_kv key_missing, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
	},
	{
		Name: BrokerSuspended, Does: "The broker's CronJob is suspended.", Hop: flow.Broker, Reason: reason.Suspended,
		Seen:     "broker suspended",
		Embedded: &Tier{Alerts: []string{"NASTokenBrokerSuspended", "NASTokenBrokerStale", "NASTokenFlowDegraded"}},
		Lab:      &Tier{Alerts: []string{"NASTokenBrokerSuspended", "NASTokenBrokerStale", "NASTokenFlowDegraded"}, Where: "broker", Onset: 3 * time.Minute},
	},
	{
		Name: BrokerFailed, Does: "The broker's Jobs fail.", Hop: flow.Broker, Reason: reason.JobFailed,
		Seen:     "broker job_failed",
		Embedded: &Tier{Alerts: []string{"NASTokenBrokerFailed", "NASTokenBrokerStale", "NASTokenFlowDegraded"}},
	},
	{
		Name: MainSealed, Does: "The main Vault is sealed.", Hop: flow.MainVault, Reason: reason.Sealed,
		Seen:     "main_vault sealed, main_kv sealed",
		Later:    "broker job_failed, main_vault sealed, main_kv sealed, external_secret not_ready",
		Embedded: &Tier{Alerts: also(unread, "NASExternalSecretNotReady", "NASExternalSecretStale", "NASTokenBrokerFailed", "NASTokenBrokerStale")},
	},
	{
		Name: MainForbidden, Does: "The main Vault refuses the exporter's Kubernetes login.", Hop: flow.MainVault, Reason: reason.Forbidden,
		Seen:     "main_vault forbidden, main_kv forbidden",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: MainKVDeleted, Does: "The token's newest version in the main Vault is deleted, again after every run of the broker.", Hop: flow.MainKV, Reason: reason.SoftDeleted,
		Seen:     "main_kv soft_deleted",
		Later:    "main_kv soft_deleted, external_secret not_ready",
		Embedded: &Tier{Alerts: also(unread, "NASExternalSecretNotReady", "NASExternalSecretStale")},
	},
	{
		Name: ESOStopped, Does: "External Secrets reports that it cannot refresh the Secret.", Hop: flow.ExternalSecret, Reason: reason.NotReady,
		Seen:     "external_secret not_ready",
		Embedded: &Tier{Alerts: []string{"NASExternalSecretNotReady", "NASExternalSecretStale", "NASTokenFlowDegraded"}},
	},
	{
		Name: ESOGone, Does: "External Secrets runs no more, and leaves the ExternalSecret as ready as it was.", Hop: flow.ExternalSecret, Reason: reason.Stale,
		Lab: &Tier{Alerts: []string{"NASExternalSecretStale", "NASTokenFlowDegraded"}, Where: "external_secret", Onset: 15 * time.Minute},
	},
	{
		Name: SecretDeleted, Does: "The Secret is deleted, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.NotFound,
		Seen:     "k8s_secret not_found, token not_found",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
		Lab:      &Tier{Alerts: also(undelivered, burn), Where: "k8s_secret", Onset: 2 * time.Minute},
	},
	{
		Name: SecretCorrupt, Does: "The Secret's keys hold no token, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.Malformed,
		Seen:     "k8s_secret malformed, token malformed",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
	},
	{
		Name: SecretKeyMissing, Does: "The Secret lacks the key QNAP_VAULT_TOKEN, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.KeyMissing,
		Seen:     "k8s_secret key_missing, token key_missing",
		Embedded: &Tier{Alerts: also(undelivered, burn)},
	},
	{
		Name: K8sDown, Does: "The Kubernetes API refuses connections, so nothing runs there and the main Vault refuses logins.", Hop: flow.K8sSecret, Reason: reason.ConnectRefused,
		Seen:     "broker connect_refused, main_vault forbidden, main_kv forbidden, external_secret connect_refused, k8s_secret connect_refused, token connect_refused",
		Embedded: &Tier{Alerts: unseen},
	},
	{
		Name: K8sForbidden, Does: "The exporter's role in Kubernetes is gone.", Hop: flow.K8sSecret, Reason: reason.Forbidden,
		Seen:     "broker forbidden, external_secret forbidden, k8s_secret forbidden, token forbidden",
		Embedded: &Tier{Alerts: unseen},
	},
	{
		Name: TokenRevoked, Does: "The NAS Vault revokes the applications' token, and every new one as soon as it is issued.", Hop: flow.Token, Reason: reason.Revoked,
		Seen:     "token revoked",
		Later:    "broker job_failed, token revoked",
		Embedded: &Tier{Alerts: []string{"NASTokenDeliveryBroken", "NASTokenInvalid", "NASTokenBrokerFailed", "NASTokenBrokerStale", burn, slowBurn}},
		Lab:      &Tier{Alerts: []string{"NASTokenDeliveryBroken", "NASTokenInvalid", burn}, Where: "token", Onset: 2 * time.Minute},
	},
	{
		Name: PKIForbidden, Does: "The exporter's policy in the NAS Vault lacks the role that signs its certificates.", Hop: flow.PKI, Reason: reason.Forbidden,
		Seen:     "pki forbidden",
		Embedded: &Tier{Alerts: unissued},
	},
	{
		Name: PKIRoleMissing, Does: "The role that signs the exporter's certificates is gone from the NAS Vault.", Hop: flow.PKI, Reason: reason.NotFound,
		Seen:     "pki not_found",
		Embedded: &Tier{Alerts: unissued},
	},
	{
		Name: TransitForbidden, Does: "The exporter's policy in the NAS Vault lacks the key that unseals the main Vault.", Hop: flow.Transit, Reason: reason.Forbidden,
		Seen:     "transit forbidden",
		Embedded: &Tier{Alerts: keyless},
	},
	{
		Name: TransitKeyMissing, Does: "The key that unseals the main Vault is gone from the NAS Vault.", Hop: flow.Transit, Reason: reason.NotFound,
		Seen:     "transit not_found",
		Embedded: &Tier{Alerts: keyless},
	},
	{
		Name: TransitOtherKey, Does: "The key that unseals the main Vault is another one, as at a NAS Vault that was installed anew.", Hop: flow.Transit, Reason: reason.WrongKey,
		Seen:     "transit wrong_key",
		Embedded: &Tier{Alerts: keyless},
	},
	{
		Name: RotationOpen, Does: "A rotation that began two hours ago has not ended; the flow works.",
		Embedded: &Tier{Alerts: []string{"NASTokenRotationOpen"}},
	},
	{
		Name: TokenRotated, Does: "The token is rotated once; the copiers carry it on.",
		Seen:     "nas_kv->main_kv stale",
		Later:    Nothing,
		Embedded: &Tier{Quiet: carriedOn},
		Lab:      &Tier{Quiet: carriedOn},
	},
}
