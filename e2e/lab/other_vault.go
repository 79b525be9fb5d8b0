package lab

import (
	"context"
	"fmt"

	"github.com/hashicorp/vault/api"
	"github.com/moby/moby/client"
)

// OtherVault is what is at the NAS Vault's address in its place.
type OtherVault bool

// The other Vaults.
const (
	// OtherVaultFresh was never initialized, as on a NAS that was installed anew.
	OtherVaultFresh OtherVault = false
	// OtherVaultReady is unsealed, has an engine at secret/, and knows nobody.
	OtherVaultReady OtherVault = true
)

// SwapNASVault puts another Vault at the address where the exporter looks for
// the NAS Vault, as a NAS that was installed anew or a wrong DNS entry does.
func (l *Lab) SwapNASVault(ctx context.Context, which OtherVault) error {
	other, err := l.startVault(ctx, l.own(aliasOtherVault), l.secrets.certificates.NASVault, "")
	if err != nil {
		return err
	}
	if which == OtherVaultReady {
		err = other.settle(ctx)
		if err != nil {
			return fmt.Errorf("preparing the other Vault: %w", err)
		}
	}
	return l.Lead(LinkNASVault, l.own(aliasOtherVault)+":8200")
}

// settle makes a new Vault a working one.
func (v vaultServer) settle(ctx context.Context) error {
	initialized, err := v.client.Sys().InitWithContext(ctx, &api.InitRequest{SecretShares: 1, SecretThreshold: 1})
	if err != nil {
		return err
	}
	_, err = v.client.Sys().UnsealWithContext(ctx, initialized.KeysB64[0])
	if err != nil {
		return err
	}
	err = v.untilActive(ctx)
	if err != nil {
		return err
	}
	v.client.SetToken(initialized.RootToken)
	return v.enableKV(ctx)
}

// RemoveOtherVault brings the true NAS Vault back and removes the other one.
func (l *Lab) RemoveOtherVault(ctx context.Context) error {
	err := l.Mend(LinkNASVault)
	if err != nil {
		return err
	}
	_, err = l.engine.docker.ContainerRemove(ctx, l.containerName(l.own(aliasOtherVault)), client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	return removed("container", l.containerName(l.own(aliasOtherVault)), err)
}
