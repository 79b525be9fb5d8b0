package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
)

// MainVault checks that the main Vault is active and, where it is configured,
// that the exporter can log in as applications and the broker do.
func MainVault(cfg config.Vault) Check {
	return func(ctx context.Context) (r Reading, err error) {
		client, err := openVault(cfg, EndpointMainVault)
		if err != nil {
			return r, err
		}
		defer func() { client.close(&r) }()
		err = client.health(ctx, &r)
		if err != nil || cfg.Auth == nil {
			return r, err
		}
		err = client.login(ctx, &r)
		return r, err
	}
}
