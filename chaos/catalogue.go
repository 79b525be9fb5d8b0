package chaos

import (
	"slices"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// catalogue is all that can break but the links, in data-flow order: on the NAS
// what the token comes from, then the rest.
var catalogue = slices.Concat(sources, onward)

var sources = []Fault{
	{
		Name: DockerDown, Does: "The Docker API on the NAS refuses connections.", Hop: flow.DockerExec, Reason: reason.ConnectRefused,
		Seen:     "docker_exec connect_refused",
		Embedded: &Tier{Alerts: unread},
		Lab:      &Tier{Alerts: unread},
	},
	{
		Name: DockerCertExpired, Does: "The Docker API shows a certificate that expired an hour ago.", Hop: flow.DockerExec, Reason: reason.TLSExpired,
		Seen:     "docker_exec tls_expired",
		Embedded: &Tier{Alerts: expired},
		Lab:      &Tier{Alerts: expired, Where: "docker", Paged: true},
	},
	{
		Name: DockerClientCert, Does: "The Docker API trusts another CA and refuses the exporter's client certificate.", Hop: flow.DockerExec, Reason: reason.TLSClientCert,
		Seen:     "docker_exec tls_client_cert",
		Embedded: &Tier{Alerts: unread},
		Lab:      &Tier{Alerts: unread},
	},
	{
		Name: DockerClientExpired, Does: "The exporter's client certificate for the Docker API has expired.", Hop: flow.DockerExec, Reason: reason.TLSClientCert,
		Lab: &Tier{Alerts: expired, Where: "docker_client", Alone: true},
	},
	{
		Name: ContainerStopped, Does: "The container qnap-k3s has exited.", Hop: flow.DockerExec, Reason: reason.ContainerNotRunning,
		Seen:     "docker_exec container_not_running",
		Embedded: &Tier{Alerts: unread},
		Lab:      &Tier{Alerts: unread},
	},
	{
		Name: ContainerPaused, Does: "The container qnap-k3s is paused.", Hop: flow.DockerExec, Reason: reason.ContainerPaused,
		Seen:     "docker_exec container_paused",
		Embedded: &Tier{Alerts: unread},
		Lab:      &Tier{Alerts: unread},
	},
	{
		Name: ContainerMissing, Does: "The container qnap-k3s does not exist.", Hop: flow.DockerExec, Reason: reason.ContainerMissing,
		Seen:     "docker_exec container_missing",
		Embedded: &Tier{Alerts: unread},
		Lab:      &Tier{Alerts: unread},
	},
	{
		Name: FileMissing, Does: "The token file is gone.", Hop: flow.DockerExec, Reason: reason.FileMissing,
		Seen:     "docker_exec file_missing",
		Embedded: &Tier{Alerts: unread},
		Lab:      &Tier{Alerts: unread},
	},
	{
		Name: FilePermission, Does: "The token file may not be read.", Hop: flow.DockerExec, Reason: reason.FilePermission,
		Seen:     "docker_exec file_permission",
		Embedded: &Tier{Alerts: unread},
		NotInLab: "the lab's container runs as root, as the NAS's does, and root may read every file",
	},
	{
		Name: FileEmpty, Does: "The token file is empty.", Hop: flow.DockerExec, Reason: reason.Empty,
		Seen:     "docker_exec empty",
		Embedded: &Tier{Alerts: unread},
		Lab:      &Tier{Alerts: unread},
	},
	{
		Name: FileMalformed, Does: "The token file holds a prompt instead of a token.", Hop: flow.DockerExec, Reason: reason.Malformed,
		Seen:     "docker_exec malformed",
		Embedded: &Tier{Alerts: unread},
		Lab:      &Tier{Alerts: unread},
	},
	{
		Name: FileTwoLines, Does: "The token file holds two tokens.", Hop: flow.DockerExec, Reason: reason.Ambiguous,
		Seen:     "docker_exec ambiguous",
		Embedded: &Tier{Alerts: unread},
		Lab:      &Tier{Alerts: unread},
	},
	{
		Name: FileFIFO, Does: "The token file is a pipe that nobody writes to.", Hop: flow.DockerExec, Reason: reason.ExecHanging,
		Lab: &Tier{Alerts: unread, Onset: 90 * time.Second},
	},
	{
		Name: FileReturns, Does: "The token file's line ends as on Windows.",
		Lab: &Tier{Quiet: "a carriage return is no part of a token"},
	},
	{
		Name: FileStuck, Does: "The token is rotated everywhere but in the file.", Hop: flow.DockerExec, Reason: reason.Stale,
		Seen:     "nas_kv->docker_exec stale",
		Embedded: &Tier{Alerts: drift},
		Lab:      &Tier{Alerts: drift, Where: "docker_exec", Paged: true},
	},
	{
		Name: NASDown, Does: "The NAS is off: its Vault and its Docker API refuse connections.", Hop: flow.NASVault, Reason: reason.ConnectRefused,
		Seen:     "docker_exec connect_refused, nas_vault connect_refused, nas_kv connect_refused, token connect_refused, pki connect_refused, transit connect_refused",
		Embedded: &Tier{Alerts: also(unavailable, burn, slowBurn)},
		Lab:      &Tier{Alerts: also(unavailable, burn), Paged: true, Felt: true},
	},
	{
		Name: NASSlow, Does: "The NAS Vault takes requests and does not answer.", Hop: flow.NASVault, Reason: reason.Timeout,
		Seen:     "nas_vault timeout, nas_kv timeout, token timeout, pki timeout, transit timeout",
		Embedded: &Tier{Alerts: also(unavailable, burn, slowBurn, slowPKI)},
		Lab:      &Tier{Alerts: also(unavailable, burn), Felt: true, Alone: true},
	},
	{
		Name: NASPlain, Does: "Something that speaks no TLS is at the address of the NAS Vault.", Hop: flow.NASVault, Reason: reason.TLSNotTLS,
		Lab: &Tier{Alerts: also(unavailable, burn)},
	},
	{
		Name: NASWrongServer, Does: "Another server is at the address of the NAS Vault, with a certificate for its own name.", Hop: flow.NASVault, Reason: reason.TLSName,
		Lab: &Tier{Alerts: also(unavailable, burn)},
	},
	{
		Name: NASOneReset, Does: "The connections of one moment between the exporter and the NAS Vault are reset.",
		Lab: &Tier{Quiet: "the next slot has connections of its own", Passing: true},
	},
	{
		Name: NAS5xx, Does: "The NAS Vault answers everything with status 500.", Hop: flow.NASVault, Reason: reason.HTTP5xx,
		Seen:     "nas_vault http_5xx, nas_kv http_5xx, token http_5xx, pki http_5xx, transit http_5xx",
		Embedded: &Tier{Alerts: also(unavailable, burn, slowBurn)},
		NotInLab: "no Vault that works can be made to answer status 500 to everything",
	},
	{
		Name: NASGarbage, Does: "A sign-in page answers in the NAS Vault's place.", Hop: flow.NASVault, Reason: reason.MalformedResponse,
		Seen:     "nas_vault malformed_response, nas_kv malformed_response, token malformed_response, pki malformed_response, transit malformed_response",
		Later:    "nas_vault malformed_response, nas_kv malformed_response, broker job_failed, token malformed_response, pki malformed_response, transit malformed_response",
		Embedded: &Tier{Alerts: also(unavailable, burn, slowBurn, "NASTokenBrokerFailed", "NASTokenBrokerStale")},
		NotInLab: "a sign-in page would have to hold the NAS Vault's own certificate; nas-plain-http is the real one",
	},
	{
		Name: NASOther, Does: "Another Vault answers at the NAS Vault's address, set up alike and without its data.", Hop: flow.NASVault, Reason: reason.OtherVault,
		Remembered: true,
		Seen:       "nas_vault other_vault, nas_kv forbidden, token revoked, pki forbidden, transit forbidden",
		Later:      "nas_vault other_vault, nas_kv forbidden, broker job_failed, token revoked, pki forbidden, transit forbidden",
		Embedded:   &Tier{Alerts: also(replaced, slowBurn)},
		Lab:        &Tier{Alerts: replaced, Where: "nas_vault", Onset: 2 * time.Minute, Paged: true},
	},
	{
		Name: NASUninitialized, Does: "The NAS Vault is not initialized.", Hop: flow.NASVault, Reason: reason.Uninitialized,
		Seen:     "nas_vault uninitialized, nas_kv sealed, token sealed, pki sealed, transit sealed",
		Embedded: &Tier{Alerts: append([]string{"NASVaultUninitialized", burn, slowBurn}, unavailable...)},
		Lab:      &Tier{Alerts: append([]string{"NASVaultUninitialized", burn}, unavailable...)},
	},
	{
		Name: NASSeal, Does: "The NAS Vault is sealed.", Hop: flow.NASVault, Reason: reason.Sealed,
		Seen:     "nas_vault sealed, nas_kv sealed, token sealed, pki sealed, transit sealed",
		Embedded: &Tier{Alerts: append([]string{"NASVaultSealed", burn, slowBurn}, unavailable...)},
		Lab:      &Tier{Alerts: also([]string{"NASVaultSealed", burn}, unavailable...), Paged: true, Felt: true, Alone: true},
	},
	{
		Name: NASStandby, Does: "The NAS Vault is a standby without an active node.", Hop: flow.NASVault, Reason: reason.Standby,
		Seen:     "nas_vault standby, nas_kv standby, token standby, pki standby, transit standby",
		Embedded: &Tier{Alerts: append([]string{"NASVaultStandby", burn, slowBurn}, unavailable...)},
		NotInLab: "a single node that steps down leads again after ten seconds; the pacts play it on a cluster",
	},
	{
		Name: KVDeleted, Does: "The token's newest version in the NAS Vault is deleted, and can be undeleted.", Hop: flow.NASKV, Reason: reason.SoftDeleted,
		Seen:     "nas_kv soft_deleted",
		Later:    "nas_kv soft_deleted, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
		Lab:      &Tier{Alerts: sourceGone},
	},
	{
		Name: KVDestroyed, Does: "The token's newest version in the NAS Vault is destroyed.", Hop: flow.NASKV, Reason: reason.Destroyed,
		Seen:     "nas_kv destroyed",
		Later:    "nas_kv destroyed, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
		Lab:      &Tier{Alerts: sourceGone},
	},
	{
		Name: KVKeyMissing, Does: "The secret in the NAS Vault has no field token.", Hop: flow.NASKV, Reason: reason.KeyMissing,
		Seen:     "nas_kv key_missing",
		Later:    "nas_kv key_missing, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
		Lab:      &Tier{Alerts: sourceGone},
	},
	{
		Name: NASQuota, Does: "A quota of the NAS Vault refuses all but one read of the token an hour.", Hop: flow.NASKV, Reason: reason.RateLimited,
		Lab: &Tier{Alerts: sourceGone},
	},
}
