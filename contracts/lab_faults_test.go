//go:build pact && e2e

package contracts_test

import (
	"context"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/e2e/drill"
)

// faults are the states that are a fault of the catalogue; what breaks and heals
// them is the lab's own.
var faults = map[contracts.State]string{
	contracts.ContainerStopped:   chaos.ContainerStopped,
	contracts.ContainerPaused:    chaos.ContainerPaused,
	contracts.ContainerMissing:   chaos.ContainerMissing,
	contracts.FileMissing:        chaos.FileMissing,
	contracts.FileEmpty:          chaos.FileEmpty,
	contracts.FileMalformed:      chaos.FileMalformed,
	contracts.K8sSecretMissing:   chaos.SecretDeleted,
	contracts.K8sSecretMalformed: chaos.SecretCorrupt,
	contracts.K8sSecretNoKey:     chaos.SecretKeyMissing,
	contracts.CronJobSuspended:   chaos.BrokerSuspended,
}

// breaks injects a fault; leave undoes it, also where it was not wholly there.
func (h *labHome) breaks(ctx context.Context, name string) (leave func() error, err error) {
	verb, err := drill.Find(name)
	if err != nil {
		return nil, err
	}
	return func() error { return verb.Undo(context.WithoutCancel(ctx), h.lab) }, verb.Inject(ctx, h.lab)
}
