package lab

import (
	"context"
	"fmt"

	"github.com/hashicorp/vault/api"
	"github.com/moby/moby/client"
)

// SwapNASVault puts another Vault at the address where the exporter looks for
// the NAS Vault, as a NAS that was installed anew or a wrong DNS entry does. It
// is unsealed, has an engine at secret/, and knows nobody. undo brings the true
// one back and removes the other.
func (l *Lab) SwapNASVault(ctx context.Context) (undo func(context.Context) error, err error) {
	other, err := l.startVault(ctx, aliasOtherVault, l.secrets.certificates.nasVault, "")
	if err != nil {
		return nil, err
	}
	initialized, err := other.client.Sys().InitWithContext(ctx, &api.InitRequest{SecretShares: 1, SecretThreshold: 1})
	if err != nil {
		return nil, fmt.Errorf("initializing the other Vault: %w", err)
	}
	_, err = other.client.Sys().UnsealWithContext(ctx, initialized.KeysB64[0])
	if err != nil {
		return nil, fmt.Errorf("unsealing the other Vault: %w", err)
	}
	err = other.untilActive(ctx)
	if err != nil {
		return nil, err
	}
	other.client.SetToken(initialized.RootToken)
	err = other.enableKV(ctx)
	if err != nil {
		return nil, err
	}
	undo = func(ctx context.Context) error {
		err := l.lead(LinkNASVault, aliasNASVault)
		if err != nil {
			return err
		}
		_, err = l.engine.docker.ContainerRemove(ctx, other.container, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if err != nil {
			return fmt.Errorf("removing the other Vault: %w", err)
		}
		return nil
	}
	return undo, l.lead(LinkNASVault, aliasOtherVault)
}

// lead makes a link end at the Vault called alias.
func (l *Lab) lead(link Link, alias string) error {
	proxy, err := l.links.client.Proxy(string(link))
	if err == nil {
		proxy.Upstream = alias + ":8200"
		err = proxy.Save()
	}
	if err != nil {
		return fmt.Errorf("leading link %q to %q: %w", link, alias, err)
	}
	return nil
}
