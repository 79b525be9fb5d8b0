package chaos

import (
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// storedOnNAS are the faults in what the NAS stores and says of itself.
var storedOnNAS = []Fault{
	{
		Name: ContainerUnhealthy, Does: "The container qnap-k3s runs and its health check fails.", Hop: flow.DockerExec, Reason: reason.ContainerUnhealthy,
		Seen:     "docker_exec container_unhealthy",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: ExecFailed, Does: "The container qnap-k3s has no program to read the token file with.", Hop: flow.DockerExec, Reason: reason.ExecFailed,
		Seen:     "docker_exec exec_failed",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: ExecHanging, Does: "Earlier reads of the token file have never ended.", Hop: flow.DockerExec, Reason: reason.ExecHanging,
		Seen:     "docker_exec exec_hanging",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: DockerOld, Does: "The Docker engine on the NAS is older than what is asked for.", Hop: flow.DockerExec, Reason: reason.EngineTooOld,
		Seen:     "docker_exec engine_too_old",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: DockerNoUpgrade, Does: "A proxy before the Docker API does not pass the upgrade of the connection on.", Hop: flow.DockerExec, Reason: reason.NotUpgraded,
		Seen:     "docker_exec not_upgraded",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: FileOversize, Does: "The token file is far larger than a token.", Hop: flow.DockerExec, Reason: reason.Oversize,
		Seen:     "docker_exec oversize",
		Embedded: &Tier{Alerts: unread},
	},
	{
		Name: NASRemoved, Does: "The NAS Vault's node was removed from its cluster.", Hop: flow.NASVault, Reason: reason.NodeRemoved,
		Seen:     "nas_vault node_removed, nas_kv sealed, token sealed, pki sealed, transit sealed",
		Embedded: &Tier{Alerts: append([]string{"NASVaultSealed", burn, slowBurn}, unavailable...)},
	},
	{
		Name: NASClockSkew, Does: "The NAS Vault's clock is ten minutes ahead.",
		Embedded: &Tier{Alerts: []string{"NASVaultClockSkew"}},
	},
	{
		Name: NASOldVersion, Does: "The NAS Vault is of an older version than the main Vault.",
		Embedded: &Tier{Alerts: []string{"NASVaultVersionSkew"}},
	},
	{
		Name: NASCredentials, Does: "The NAS Vault does not know the exporter's own token.", Hop: flow.NASKV, Reason: reason.Forbidden,
		Seen:     "nas_kv forbidden, pki forbidden, transit forbidden",
		Embedded: &Tier{Alerts: unaided},
	},
	{
		Name: KVMissing, Does: "There is no secret in the NAS Vault.", Hop: flow.NASKV, Reason: reason.NotFound,
		Seen:     "nas_kv not_found",
		Later:    "nas_kv not_found, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
	},
	{
		Name: KVMountMissing, Does: "The secrets engine of the NAS Vault is gone.", Hop: flow.NASKV, Reason: reason.MountMissing,
		Seen:     "nas_kv mount_missing",
		Later:    "nas_kv mount_missing, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
	},
	{
		Name: KVFlat, Does: "The secrets engine of the NAS Vault is of KV version 1.", Hop: flow.NASKV, Reason: reason.KVVersion,
		Seen:     "nas_kv kv_version",
		Later:    "nas_kv kv_version, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
	},
	{
		Name: KVEmpty, Does: "The secret in the NAS Vault holds an empty token.", Hop: flow.NASKV, Reason: reason.Empty,
		Seen:     "nas_kv empty",
		Later:    "nas_kv empty, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
	},
	{
		Name: KVMalformed, Does: "The secret in the NAS Vault holds no token.", Hop: flow.NASKV, Reason: reason.Malformed,
		Seen:     "nas_kv malformed",
		Later:    "nas_kv malformed, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
	},
	{
		Name: KVTwoLines, Does: "The secret in the NAS Vault holds two tokens.", Hop: flow.NASKV, Reason: reason.Ambiguous,
		Seen:     "nas_kv ambiguous",
		Later:    "nas_kv ambiguous, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
	},
	{
		Name: KVOversize, Does: "The secret in the NAS Vault is far larger than a token.", Hop: flow.NASKV, Reason: reason.Oversize,
		Seen:     "nas_kv oversize",
		Later:    "nas_kv oversize, broker job_failed",
		Embedded: &Tier{Alerts: sourceGone},
	},
	{
		Name: TokenPolicy, Does: "The applications' token may not look itself up.", Hop: flow.Token, Reason: reason.Policy,
		Seen:     "token policy",
		Embedded: &Tier{Alerts: []string{"NASTokenFlowDegraded"}},
	},
	{
		Name: TokenElsewhere, Does: "The applications' token is bound to other addresses than those that there are.", Hop: flow.Token, Reason: reason.TokenRefused,
		Seen:     "token token_refused",
		Embedded: &Tier{Alerts: []string{"NASTokenFlowDegraded"}},
	},
	{
		Name: TokenLimited, Does: "The applications' token ends after a number of uses.", Hop: flow.Token, Reason: reason.LimitedUses,
		Seen:     "token limited_uses",
		Embedded: &Tier{Alerts: []string{"NASTokenFlowDegraded"}},
	},
	{
		Name: PKIOtherKey, Does: "The NAS Vault signs certificates for another key than was sent.", Hop: flow.PKI, Reason: reason.Mismatch,
		Seen:     "pki mismatch",
		Embedded: &Tier{Alerts: unissued},
	},
	{
		Name: PKIExpired, Does: "The NAS Vault signs certificates that are expired.", Hop: flow.PKI, Reason: reason.TLSExpired,
		Seen:     "pki tls_expired",
		Embedded: &Tier{Alerts: unissued},
	},
}
