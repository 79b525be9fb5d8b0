package homelab

import (
	"fmt"
	"slices"
	"strings"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// The names of the faults.
const (
	nasSeal           = "seal"
	nasUninitialized  = "uninitialized"
	nasStandby        = "standby"
	nasDown           = "nas-down"
	nasSlow           = "nas-slow"
	nas5xx            = "nas-5xx"
	nasGarbage        = "nas-garbage"
	nasOther          = "nas-other"
	dockerDown        = "docker-down"
	dockerCertExpired = "docker-cert-expired"
	dockerClientCert  = "docker-client-cert"
	containerStopped  = "container-stopped"
	containerPaused   = "container-paused"
	containerMissing  = "container-missing"
	fileMissing       = "file-missing"
	fileEmpty         = "file-empty"
	fileMalformed     = "file-malformed"
	filePermission    = "file-permission"
	fileTwoLines      = "file-two-lines"
	fileStuck         = "file-stuck"
	kvDeleted         = "kv-deleted"
	kvDestroyed       = "kv-destroyed"
	kvKeyMissing      = "kv-key-missing"
	mainSealed        = "main-sealed"
	mainKVDeleted     = "main-kv-deleted"
	mainForbidden     = "main-forbidden"
	brokerSuspended   = "broker-suspended"
	brokerFailed      = "broker-failed"
	esoStopped        = "eso-stopped"
	secretDeleted     = "secret-deleted"
	secretCorrupt     = "secret-corrupt"
	secretKeyMissing  = "secret-key-missing"
	k8sDown           = "k8s-down"
	k8sForbidden      = "k8s-forbidden"
	tokenRevoked      = "revoke"
	pkiForbidden      = "pki-forbidden"
	pkiRoleMissing    = "pki-role-missing"
	transitForbidden  = "transit-forbidden"
	transitKeyMissing = "transit-key-missing"
	transitOtherKey   = "transit-other-key"
	rotationOpen      = "rotation-open"
	tokenRotated      = "rotate"
)

// Fault is one way to break the flow.
type Fault struct {
	Name string
	// Does says in one sentence what it does.
	Does string
	// Hop and Reason are what the exporter must blame while it alone is
	// broken; both are "" where the flow goes on working.
	Hop    flow.Hop
	Reason reason.Reason

	// onBreak and onHeal do what does not follow from the fault being active.
	onBreak, onHeal func(*Homelab) error
}

// FaultState is a fault and whether it is broken now.
type FaultState struct {
	Fault
	Broken bool
}

// catalogue holds every fault, in data-flow order.
var catalogue = []Fault{
	{Name: dockerDown, Does: "The Docker API on the NAS refuses connections.", Hop: flow.DockerExec, Reason: reason.ConnectRefused},
	{Name: dockerCertExpired, Does: "The Docker API shows a certificate that expired an hour ago.", Hop: flow.DockerExec, Reason: reason.TLSExpired, onBreak: restartDocker, onHeal: restartDocker},
	{Name: dockerClientCert, Does: "The Docker API trusts another CA and refuses the exporter's client certificate.", Hop: flow.DockerExec, Reason: reason.TLSClientCert, onBreak: restartDocker, onHeal: restartDocker},
	{Name: containerStopped, Does: "The container qnap-k3s has exited.", Hop: flow.DockerExec, Reason: reason.ContainerNotRunning},
	{Name: containerPaused, Does: "The container qnap-k3s is paused.", Hop: flow.DockerExec, Reason: reason.ContainerPaused},
	{Name: containerMissing, Does: "The container qnap-k3s does not exist.", Hop: flow.DockerExec, Reason: reason.ContainerMissing},
	{Name: fileMissing, Does: "The token file is gone.", Hop: flow.DockerExec, Reason: reason.FileMissing},
	{Name: filePermission, Does: "The token file may not be read.", Hop: flow.DockerExec, Reason: reason.FilePermission},
	{Name: fileEmpty, Does: "The token file is empty.", Hop: flow.DockerExec, Reason: reason.Empty},
	{Name: fileMalformed, Does: "The token file holds a prompt instead of a token.", Hop: flow.DockerExec, Reason: reason.Malformed},
	{Name: fileTwoLines, Does: "The token file holds two tokens.", Hop: flow.DockerExec, Reason: reason.Ambiguous},
	{Name: fileStuck, Does: "The token is rotated everywhere but in the file.", Hop: flow.DockerExec, Reason: reason.Stale, onBreak: (*Homelab).rotateAndSync},
	{Name: nasDown, Does: "The NAS is off: its Vault and its Docker API refuse connections.", Hop: flow.NASVault, Reason: reason.ConnectRefused},
	{Name: nasSlow, Does: "The NAS Vault takes requests and does not answer.", Hop: flow.NASVault, Reason: reason.Timeout},
	{Name: nas5xx, Does: "The NAS Vault answers everything with status 500.", Hop: flow.NASVault, Reason: reason.HTTP5xx},
	{Name: nasGarbage, Does: "A sign-in page answers in the NAS Vault's place.", Hop: flow.NASVault, Reason: reason.MalformedResponse},
	{Name: nasOther, Does: "Another Vault answers at the NAS Vault's address, set up alike and without its data.", Hop: flow.NASVault, Reason: reason.OtherVault},
	{Name: nasUninitialized, Does: "The NAS Vault is not initialized.", Hop: flow.NASVault, Reason: reason.Uninitialized},
	{Name: nasSeal, Does: "The NAS Vault is sealed.", Hop: flow.NASVault, Reason: reason.Sealed},
	{Name: nasStandby, Does: "The NAS Vault is a standby without an active node.", Hop: flow.NASVault, Reason: reason.Standby},
	{Name: kvDeleted, Does: "The token's newest version in the NAS Vault is deleted, and can be undeleted.", Hop: flow.NASKV, Reason: reason.SoftDeleted},
	{Name: kvDestroyed, Does: "The token's newest version in the NAS Vault is destroyed.", Hop: flow.NASKV, Reason: reason.Destroyed},
	{Name: kvKeyMissing, Does: "The secret in the NAS Vault has no field token.", Hop: flow.NASKV, Reason: reason.KeyMissing},
	{Name: brokerSuspended, Does: "The broker's CronJob is suspended.", Hop: flow.Broker, Reason: reason.Suspended},
	{Name: brokerFailed, Does: "The broker's Jobs fail.", Hop: flow.Broker, Reason: reason.JobFailed, onBreak: (*Homelab).sync},
	{Name: mainSealed, Does: "The main Vault is sealed.", Hop: flow.MainVault, Reason: reason.Sealed},
	{Name: mainForbidden, Does: "The main Vault refuses the exporter's Kubernetes login.", Hop: flow.MainVault, Reason: reason.Forbidden},
	{Name: mainKVDeleted, Does: "The token's newest version in the main Vault is deleted, again after every run of the broker.", Hop: flow.MainKV, Reason: reason.SoftDeleted},
	{Name: esoStopped, Does: "External Secrets reports that it cannot refresh the Secret.", Hop: flow.ExternalSecret, Reason: reason.NotReady, onBreak: (*Homelab).sync},
	{Name: secretDeleted, Does: "The Secret is deleted, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.NotFound},
	{Name: secretCorrupt, Does: "The Secret's keys hold no token, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.Malformed},
	{Name: secretKeyMissing, Does: "The Secret lacks the key QNAP_VAULT_TOKEN, again after every refresh.", Hop: flow.K8sSecret, Reason: reason.KeyMissing},
	{Name: k8sDown, Does: "The Kubernetes API refuses connections, so nothing runs there and the main Vault refuses logins.", Hop: flow.K8sSecret, Reason: reason.ConnectRefused},
	{Name: k8sForbidden, Does: "The exporter's role in Kubernetes is gone.", Hop: flow.K8sSecret, Reason: reason.Forbidden},
	{Name: tokenRevoked, Does: "The NAS Vault revokes the applications' token, and every new one as soon as it is issued.", Hop: flow.Token, Reason: reason.Revoked, onHeal: (*Homelab).rotate},
	{Name: pkiForbidden, Does: "The exporter's policy in the NAS Vault lacks the role that signs its certificates.", Hop: flow.PKI, Reason: reason.Forbidden},
	{Name: pkiRoleMissing, Does: "The role that signs the exporter's certificates is gone from the NAS Vault.", Hop: flow.PKI, Reason: reason.NotFound},
	{Name: transitForbidden, Does: "The exporter's policy in the NAS Vault lacks the key that unseals the main Vault.", Hop: flow.Transit, Reason: reason.Forbidden},
	{Name: transitKeyMissing, Does: "The key that unseals the main Vault is gone from the NAS Vault.", Hop: flow.Transit, Reason: reason.NotFound},
	{Name: transitOtherKey, Does: "The key that unseals the main Vault is another one, as at a NAS Vault that was installed anew.", Hop: flow.Transit, Reason: reason.WrongKey},
	{Name: rotationOpen, Does: "A rotation that began two hours ago has not ended; the flow works."},
	{Name: tokenRotated, Does: "The token is rotated once; the copiers carry it on.", onBreak: (*Homelab).rotate},
}

func find(name string) (Fault, error) {
	i := slices.IndexFunc(catalogue, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		known := make([]string, len(catalogue))
		for j, f := range catalogue {
			known[j] = f.Name
		}
		return Fault{}, fmt.Errorf("finding the fault %q: want one of %s", name, strings.Join(known, ", "))
	}
	return catalogue[i], nil
}

// Faults returns every fault with its state, in data-flow order.
func (h *Homelab) Faults() []FaultState {
	h.mu.Lock()
	defer h.mu.Unlock()
	states := make([]FaultState, len(catalogue))
	for i, f := range catalogue {
		states[i] = FaultState{Fault: f, Broken: h.active[f.Name]}
	}
	return states
}
