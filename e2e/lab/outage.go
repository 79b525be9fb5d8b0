package lab

import (
	"context"
	"fmt"

	"github.com/moby/moby/client"
)

// RestartMainVault restarts the main Vault, which has to unseal itself then.
func (l *Lab) RestartMainVault(ctx context.Context) error {
	_, err := l.engine.docker.ContainerRestart(ctx, l.main.container, client.ContainerRestartOptions{})
	if err != nil {
		return fmt.Errorf("restarting the main Vault: %w", err)
	}
	return nil
}

// MainVaultIsActive returns when the main Vault has unsealed itself.
func (l *Lab) MainVaultIsActive(ctx context.Context) error { return l.main.untilActive(ctx) }

// NASVaultIsActive returns when the NAS Vault leads again.
func (l *Lab) NASVaultIsActive(ctx context.Context) error { return l.nas.untilActive(ctx) }
