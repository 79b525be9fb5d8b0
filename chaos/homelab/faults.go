package homelab

import (
	"fmt"
	"slices"
	"strings"

	"homelab.io/vault-health-exporter/chaos"
)

// The faults that this flow plays.
const (
	nasSeal           = chaos.NASSeal
	nasUninitialized  = chaos.NASUninitialized
	nasStandby        = chaos.NASStandby
	nasDown           = chaos.NASDown
	nasSlow           = chaos.NASSlow
	nas5xx            = chaos.NAS5xx
	nasGarbage        = chaos.NASGarbage
	nasOther          = chaos.NASOther
	dockerDown        = chaos.DockerDown
	dockerCertExpired = chaos.DockerCertExpired
	dockerClientCert  = chaos.DockerClientCert
	containerStopped  = chaos.ContainerStopped
	containerPaused   = chaos.ContainerPaused
	containerMissing  = chaos.ContainerMissing
	fileMissing       = chaos.FileMissing
	fileEmpty         = chaos.FileEmpty
	fileMalformed     = chaos.FileMalformed
	filePermission    = chaos.FilePermission
	fileTwoLines      = chaos.FileTwoLines
	fileStuck         = chaos.FileStuck
	kvDeleted         = chaos.KVDeleted
	kvDestroyed       = chaos.KVDestroyed
	kvKeyMissing      = chaos.KVKeyMissing
	mainSealed        = chaos.MainSealed
	mainKVDeleted     = chaos.MainKVDeleted
	mainForbidden     = chaos.MainForbidden
	brokerSuspended   = chaos.BrokerSuspended
	brokerFailed      = chaos.BrokerFailed
	esoStopped        = chaos.ESOStopped
	secretDeleted     = chaos.SecretDeleted
	secretCorrupt     = chaos.SecretCorrupt
	secretKeyMissing  = chaos.SecretKeyMissing
	k8sDown           = chaos.K8sDown
	k8sForbidden      = chaos.K8sForbidden
	tokenRevoked      = chaos.TokenRevoked
	pkiForbidden      = chaos.PKIForbidden
	pkiRoleMissing    = chaos.PKIRoleMissing
	transitForbidden  = chaos.TransitForbidden
	transitKeyMissing = chaos.TransitKeyMissing
	transitOtherKey   = chaos.TransitOtherKey
	rotationOpen      = chaos.RotationOpen
	tokenRotated      = chaos.TokenRotated
)

// hook does what does not follow from a fault being active.
type hook func(*Homelab) error

// hooks are what else is done when a fault is broken and when it is healed.
var hooks = map[string]struct{ onBreak, onHeal hook }{
	dockerCertExpired: {onBreak: restartDocker, onHeal: restartDocker},
	dockerClientCert:  {onBreak: restartDocker, onHeal: restartDocker},
	fileStuck:         {onBreak: (*Homelab).rotateAndSync},
	brokerFailed:      {onBreak: (*Homelab).sync},
	esoStopped:        {onBreak: (*Homelab).sync},
	tokenRevoked:      {onHeal: (*Homelab).rotate},
	tokenRotated:      {onBreak: (*Homelab).rotate},

	chaos.TokenLimited: {onHeal: (*Homelab).rotate}, // that it is limited is remembered of it
}

// FaultState is a fault and whether it is broken now.
type FaultState struct {
	chaos.Fault
	Broken bool
}

func find(name string) (chaos.Fault, error) {
	all := chaos.Embedded()
	i := slices.IndexFunc(all, func(f chaos.Fault) bool { return f.Name == name })
	if i < 0 {
		known := make([]string, len(all))
		for j, f := range all {
			known[j] = f.Name
		}
		return chaos.Fault{}, fmt.Errorf("finding the fault %q: want one of %s", name, strings.Join(known, ", "))
	}
	return all[i], nil
}

// Faults returns every fault with its state, in data-flow order.
func (h *Homelab) Faults() []FaultState {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := chaos.Embedded()
	states := make([]FaultState, len(all))
	for i, f := range all {
		states[i] = FaultState{Fault: f, Broken: h.active[f.Name]}
	}
	return states
}
