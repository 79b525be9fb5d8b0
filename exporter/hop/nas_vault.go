package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
)

// NASVault checks that the NAS Vault is initialized, unsealed and active. It
// needs no credentials.
func NASVault(cfg config.Vault) Check {
	return func(ctx context.Context) (r Reading, err error) {
		client, err := openVault(cfg, EndpointNASVault)
		if err != nil {
			return r, err
		}
		defer func() { client.close(&r) }()
		err = client.health(ctx, &r)
		return r, err
	}
}
