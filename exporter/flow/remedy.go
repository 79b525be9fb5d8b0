package flow

import (
	"slices"
	"strings"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// remedy is one row: what a person does first about these reasons at these
// hops. No hops is all of them. A hop and a reason that no row names cannot meet,
// as far as is known: see Reasons.
type remedy struct {
	hops    []Hop
	reasons []reason.Reason
	first   string
}

// Hops that ask the same server fail for the same causes.
var (
	onNASVault  = []Hop{NASVault, NASKV, Token, PKI, Transit}
	onMainVault = []Hop{MainVault, MainKV}
	onCluster   = []Hop{Broker, ExternalSecret, K8sSecret}
	onVaults    = slices.Concat(onNASVault, onMainVault)
	onDocker    = []Hop{DockerExec}

	noAnswer = []reason.Reason{reason.DNS, reason.ConnectRefused, reason.ConnectTimeout, reason.ConnectionReset, reason.Timeout, reason.Truncated}
	noRight  = []reason.Reason{reason.Unauthorized, reason.Forbidden}
	badValue = []reason.Reason{reason.Empty, reason.Malformed, reason.Oversize, reason.Ambiguous}
	noValue  = append([]reason.Reason{reason.NotFound, reason.KeyMissing}, badValue...)
	noSecret = append([]reason.Reason{reason.SoftDeleted, reason.Destroyed}, noValue...) // of a Vault, which keeps versions
)

// remedies are in order: of the rows that fit, the first counts. They name what
// to look at and not its address, which is the user's own and stands in the
// error beside them. A row that names a hop which the flow does not have does not
// fit; one behind it does without.
var remedies = []remedy{
	{nil, []reason.Reason{reason.Config}, "Read the exporter's log: it names the file or the setting. Then try it with --config.check."},
	{nil, []reason.Reason{reason.Machine}, "Raise the exporter's limits (open files, memory), or see what else on its host uses them up."},
	{nil, []reason.Reason{reason.Disk}, "Make room on the exporter's disk, or see why it is read-only; the kernel's log says when it fails."},
	{nil, []reason.Reason{reason.Canceled}, "Nothing if the exporter was stopping; otherwise restart it and read its log."},
	{nil, []reason.Reason{reason.Internal}, "Read the exporter's log and report what it says; restart it to look again."},

	{nil, []reason.Reason{reason.BreakerOpen}, "The mesh has cut the connection after several failures and tries again by itself: look at the server behind it, not at the mesh."},
	{onVaults, []reason.Reason{reason.ProxyRefused}, "The answer is not the server's: find the proxy, firewall or mesh policy in between that refuses the exporter, and let it through."},
	{[]Hop{Token}, []reason.Reason{reason.TokenRefused}, "Do not rotate yet: look the token up by its accessor in the NAS Vault. It may be bound to other addresses, or its entity be disabled."},
	{[]Hop{Token}, []reason.Reason{reason.LimitedUses}, "Rotate to a token without a number of uses: applications and checks use this one up."},
	{nil, []reason.Reason{reason.RateLimited}, "Find who asks that often, or raise the quota at the server."},
	{nil, []reason.Reason{reason.DNS}, "Ask the name server of the exporter's host for that name; an address in the configuration does without."},

	{[]Hop{DockerExec}, []reason.Reason{reason.TLSClientCert}, "The Docker daemon does not take the exporter's client certificate: renew it, or put its CA back into the daemon's."},
	{[]Hop{DockerExec}, []reason.Reason{reason.TLSExpired}, "Renew the Docker daemon's certificate on the NAS and restart the daemon; check the clocks if it looks valid."},
	{onNASVault, []reason.Reason{reason.TLSExpired}, "Renew the NAS Vault's certificate and reload it with SIGHUP; check the clocks if it looks valid."},
	{nil, []reason.Reason{reason.TLSExpired}, "Renew the server's certificate; check the clocks if it looks valid."},
	{nil, []reason.Reason{reason.TLSCAExpired}, "A CA certificate is expired, not the server's own: renew the CA, put it into ca_file, and have the server's certificate signed by it; check the clocks if it looks valid."},
	{nil, []reason.Reason{reason.TLSUntrusted}, "The server's certificate was signed by another CA: give the exporter that CA, or put the right certificate back. Do not switch the check off."},
	{nil, []reason.Reason{reason.TLSName}, "The server's certificate is for another name: another machine may hold the address. Otherwise reissue it, or set server_name."},
	{nil, []reason.Reason{reason.TLSNoSAN}, "Reissue the server's certificate with its name or address among the subject alternative names: a common name alone no longer counts, and server_name cannot help."},
	{nil, []reason.Reason{reason.TLSClientCertMissing}, "Give the exporter a client certificate that the server's CA signed: cert_file and key_file."},
	{nil, []reason.Reason{reason.TLSVersion}, "Let the server offer TLS 1.2 or 1.3 with a current cipher: older ones are not spoken here."},
	{nil, []reason.Reason{reason.TLSRequired}, "Speak TLS to that port: an address with https://, or for the Docker API a section tls."},
	{nil, []reason.Reason{reason.TLSClientCert}, "The server does not take the exporter's client certificate: renew it, or put its CA back into the server's."},
	{nil, []reason.Reason{reason.TLSNotTLS}, "Something else answers at that port: compare the address in the configuration with where the server listens."},

	{[]Hop{DockerExec}, noAnswer, "Is the NAS up? If it is, its Docker daemon does not answer: look at it on the NAS's console."},
	{onNASVault, noAnswer, "Is the NAS up? If it is, see on it that the cluster's container runs, and in the container that Vault's pod does."},
	{onMainVault, noAnswer, "See that the main Vault's pods run and are ready; one that cannot reach the NAS Vault to unseal exits again and again."},
	{onMainVault, noAnswer, "See that the main Vault's pods run and are ready, and what their logs say."},
	{onCluster, noAnswer, "The Kubernetes API does not answer the exporter: ask it from elsewhere, then look at the control plane and at network policies."},

	{onNASVault, []reason.Reason{reason.Sealed}, "Unseal the NAS Vault with the keys from the safe. If it did not restart, somebody sealed it: ask before you undo it."},
	{onMainVault, []reason.Reason{reason.Sealed}, "The main Vault unseals through the NAS Vault: see that this and its unseal key are well, then restart the main Vault's pod, which unseals itself."},
	{onMainVault, []reason.Reason{reason.Sealed}, "Unseal that Vault with its keys; where it unseals itself, see that what it does that by works, then restart its pod."},
	{onNASVault, []reason.Reason{reason.Uninitialized}, "The NAS Vault has lost its data or mounts an empty volume: find the volume, or restore a snapshot. Do not initialize it."},
	{onMainVault, []reason.Reason{reason.Uninitialized}, "That Vault has lost its data or mounts an empty volume: find the volume, or restore a snapshot. Do not initialize it."},
	{onVaults, []reason.Reason{reason.Standby}, "Only a standby or a disaster-recovery secondary answers: point the address at the active Vault; without one, bring back raft's quorum."},
	{[]Hop{NASVault, MainVault}, []reason.Reason{reason.NodeRemoved}, "Unsealing does not help: let that node join its cluster anew with empty storage, or point the address at one that is in it."},
	{[]Hop{NASVault, MainVault}, []reason.Reason{reason.OtherVault}, "Find out which Vault that is before anything trusts it: a wrong DNS entry or address, or a Vault installed anew. If it is meant, restart the exporter."},
	{[]Hop{NASKV, MainVault, MainKV, PKI, Transit}, []reason.Reason{reason.MountMissing}, "Compare the mount in the configuration with the Vault's list of secrets engines; a Vault installed anew lacks it."},
	{[]Hop{Token}, []reason.Reason{reason.MountMissing}, "The NAS Vault has no such namespace: compare the one in the configuration with the Vault's own list; a Vault installed anew lacks it."},
	{[]Hop{NASKV, MainKV}, []reason.Reason{reason.KVVersion}, "Upgrade the mount to KV version 2, which keeps its values, or name a mount that is version 2."},
	{nil, []reason.Reason{reason.Redirected}, "What answers is a proxy or a sign-on portal and no server of the flow: ask the server itself, at the address that it listens on."},
	{nil, []reason.Reason{reason.HTTP5xx, reason.HTTPUnexpected, reason.MalformedResponse}, "Read the server's log: it answers, and wrongly. A proxy in front of it may be what answers."},

	{onDocker, []reason.Reason{reason.ContainerMissing}, "No container on the NAS has that name: compare it with the configuration; where somebody removed it, create it anew on its old volume."},
	{onDocker, []reason.Reason{reason.ContainerNotRunning}, "Start the cluster's container on the NAS. If it stops again, read its log and see whether the disk is full."},
	{onDocker, []reason.Reason{reason.ContainerPaused}, "Unpause the cluster's container on the NAS; ask who paused it."},
	{onDocker, []reason.Reason{reason.ContainerUnhealthy}, "The cluster's container runs and its health check fails: read the check's output with docker inspect, then the container's log."},
	{onDocker, []reason.Reason{reason.EngineTooOld}, "Update the NAS's container software: its Docker engine is older than any that has what is asked for."},
	{onDocker, []reason.Reason{reason.NotUpgraded}, "Let the proxy before the Docker engine pass the headers Connection and Upgrade on, or ask the engine itself."},
	{onDocker, []reason.Reason{reason.ExecFailed}, "Run cat on the token file in the container by hand; the image may lack cat, or the container be out of memory."},
	{onDocker, []reason.Reason{reason.ExecHanging}, "Look at the token file in the container: reading it never ends, as of a pipe or a dead mount. Mend that, and end the processes that wait for it."},
	{onDocker, []reason.Reason{reason.FileMissing, reason.FilePermission}, "Look for the token file in the container: is the volume mounted, and may the user read it? Write it anew from the NAS Vault's secret."},
	{onDocker, []reason.Reason{reason.FileMissing, reason.FilePermission}, "Look for the token file in the container: is the volume mounted, and may the user read it?"},
	{onDocker, badValue, "Write the token file anew from the NAS Vault's secret, and find out what wrote this one."},
	{onDocker, badValue, "Write the token file anew, and find out what wrote this one."},
	{[]Hop{DockerExec}, []reason.Reason{reason.Mismatch, reason.Stale}, "Write the token file anew from the NAS Vault's secret. Do not revoke the token that it holds before that."},

	{[]Hop{NASKV}, []reason.Reason{reason.SoftDeleted}, "Undelete the newest version of the secret in the NAS Vault."},
	{[]Hop{MainKV, K8sSecret}, []reason.Reason{reason.Padded}, "Somebody wrote this copy by hand, with a newline: run the broker once, which writes the token without, and sync the ExternalSecret."},
	{[]Hop{MainKV, K8sSecret}, []reason.Reason{reason.Padded}, "Somebody wrote this value by hand, with a newline: write it anew without, first where it is copied from."},
	{[]Hop{NASKV}, []reason.Reason{reason.NotFound}, "Look with vault kv get: if it shows the secret, the mount is KV version 1, which has to be upgraded. If not, restore it from its last good version."},
	{[]Hop{NASKV}, noSecret, "Restore the secret in the NAS Vault from its last good version, or rotate the token to write it anew."},
	{[]Hop{MainKV}, noSecret, "Run the broker once by hand: it writes the main Vault's secret anew."},
	{[]Hop{MainKV}, noSecret, "Restore the secret in the main Vault from its last good version, or write it anew."},
	{[]Hop{K8sSecret, Token}, noValue, "Is External Secrets running? If it is, force a sync of the ExternalSecret: it writes the Secret anew."},
	{[]Hop{K8sSecret, Token}, noValue, "Have what fills the Secret write it anew, and find out what changed it."},

	{[]Hop{Broker, ExternalSecret}, []reason.Reason{reason.Suspended}, "Somebody switched it off: find out why, then set suspend to false, or the refresh interval back."},
	{[]Hop{ExternalSecret}, []reason.Reason{reason.APIMissing}, "Kubernetes knows no such kind: install the operator with its CRDs, or see whether its version still serves the one that is asked for."},
	{[]Hop{Broker}, []reason.Reason{reason.JobFailed}, "Read the log of the broker's last Job and the Events beside it: they name the step."},
	{[]Hop{Broker}, []reason.Reason{reason.Stale, reason.Mismatch, reason.NotFound}, "See that the broker's CronJob exists and that Jobs of it start, then run it once by hand."},
	{[]Hop{ExternalSecret}, []reason.Reason{reason.NotReady, reason.Stale, reason.Mismatch, reason.NotFound}, "See that the operator's pod runs, then describe the ExternalSecret and its SecretStore: the condition says what it lacks."},
	{[]Hop{MainKV, K8sSecret}, []reason.Reason{reason.Stale, reason.Mismatch}, "Somebody changed this copy by hand, or nothing refreshes it: let its copier run once."},

	{[]Hop{Token}, []reason.Reason{reason.Revoked, reason.Expired, reason.Mismatch}, "Rotate: have a new token made in the NAS Vault, run the broker, sync the ExternalSecret, restart the applications."},
	{[]Hop{Token}, []reason.Reason{reason.Revoked, reason.Expired, reason.Mismatch}, "Rotate: have a new token made in the NAS Vault, have it copied into the Secret, restart the applications."},
	{[]Hop{Token}, []reason.Reason{reason.Policy}, "Widen the policies of the token in the NAS Vault, or rotate to one that has them."},
	{[]Hop{MainVault}, noRight, "The Kubernetes login is refused: compare the role's ServiceAccounts with the exporter's, and the reviewer token in auth/kubernetes/config."},
	{[]Hop{DockerExec}, noRight, "The Docker API, or a proxy before its socket, refuses this: let the exporter inspect the container, make an exec and start it."},
	{onCluster, noRight, "Kubernetes refuses the exporter: compare its Role and RoleBinding with the shipped ones."},
	{[]Hop{PKI, Transit}, noRight, "The exporter's policy at the NAS Vault lacks this role or key, or its login is refused: run the shipped setup of that Vault again."},
	{[]Hop{NASKV, MainKV, Token}, noRight, "The exporter's own credentials are refused: renew them, and compare their policy with the shipped one."},
	{[]Hop{PKI}, []reason.Reason{reason.Mismatch}, "The certificate is for a key that nobody asked for: see what stands between the exporter and the NAS Vault."},
	{[]Hop{Transit}, []reason.Reason{reason.WrongKey}, "Do not restart the main Vault: this key does not unseal it. Is it another NAS Vault, or was the key replaced or its min_decryption_version raised? Undo that, or restore a snapshot."},
	{[]Hop{MainVault}, []reason.Reason{reason.NotFound}, "There is no Kubernetes login at that path: compare the mount in the configuration with the main Vault's list of auth methods."},
	{[]Hop{PKI, Transit}, []reason.Reason{reason.NotFound}, "The role or the key is not there: compare the names in the configuration with the NAS Vault's; a restored snapshot may predate them."},
}

// named are the words by which remedies name a hop that a flow may do without.
var named = []struct {
	words string
	hop   Hop
}{{"NAS Vault", NASVault}, {"broker", Broker}, {"External Secrets", ExternalSecret}, {"ExternalSecret", ExternalSecret}}

// Remedy returns what a person does first about a hop that failed for r in a flow
// with these hops, "" where no row foresees it.
func Remedy(h Hop, r reason.Reason, configured []Hop) string {
	for _, row := range remedies {
		if row.fits(h, r) && row.speaksOf(configured) {
			return row.first
		}
	}
	return ""
}

func (row remedy) fits(h Hop, r reason.Reason) bool {
	return (row.hops == nil || slices.Contains(row.hops, h)) && slices.Contains(row.reasons, r)
}

// speaksOf reports whether the row names these hops and no others.
func (row remedy) speaksOf(configured []Hop) bool {
	for _, n := range named {
		if strings.Contains(row.first, n.words) && !slices.Contains(configured, n.hop) {
			return false
		}
	}
	return true
}
