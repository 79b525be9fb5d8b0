package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/vault/api"
	"github.com/moby/moby/client"
)

// DestroyNASVault removes the NAS Vault with all that it stored.
func (l *Lab) DestroyNASVault(ctx context.Context) error {
	_, err := l.engine.docker.ContainerRemove(ctx, l.nas.container, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil {
		return fmt.Errorf("removing the NAS Vault: %w", err)
	}
	return nil
}

// RestoreNASVault starts a new and empty NAS Vault and restores the newest
// snapshot that the backup has, in the steps of the manifests' README.
func (l *Lab) RestoreNASVault(ctx context.Context) error {
	administrator := l.nas.client.Token()
	read, err := l.engine.exec(ctx, l.k3s, "", "sh", "-c", `cat "$(ls `+backupFolder+`/nas-vault-*.snap | tail -n 1)"`)
	if err == nil && read.code != 0 {
		err = fmt.Errorf("got exit code %d: %s", read.code, read.stderr)
	}
	if err != nil {
		return fmt.Errorf("reading the newest snapshot: %w", err)
	}
	*l.nas, err = l.startVault(ctx, aliasNASVault, l.secrets.certificates.NASVault, "")
	if err != nil {
		return err
	}
	initialized, err := l.nas.client.Sys().InitWithContext(ctx, &api.InitRequest{SecretShares: 1, SecretThreshold: 1})
	if err != nil {
		return fmt.Errorf("initializing the new NAS Vault: %w", err)
	}
	_, err = l.nas.client.Sys().UnsealWithContext(ctx, initialized.KeysB64[0])
	if err != nil {
		return fmt.Errorf("unsealing the new NAS Vault: %w", err)
	}
	err = l.nas.untilActive(ctx)
	if err != nil {
		return err
	}
	l.nas.client.SetToken(initialized.RootToken)
	err = l.nas.client.Sys().RaftSnapshotRestoreWithContext(ctx, strings.NewReader(read.stdout), true)
	if err != nil {
		return fmt.Errorf("restoring the snapshot: %w", err)
	}
	// The snapshot is of a Vault with another key, so this one seals itself.
	err = until(ctx, "the restored NAS Vault to seal itself", func(ctx context.Context) error {
		health, err := l.nas.client.Sys().HealthWithContext(ctx)
		if err == nil && !health.Sealed {
			err = errors.New("got it unsealed")
		}
		return err
	})
	if err != nil {
		return err
	}
	l.nas.client.SetToken(administrator)
	return l.UnsealNAS(ctx)
}
