package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// NASVault checks that the NAS Vault is initialized, unsealed and active. It
// needs no credentials.
func NASVault(cfg config.Vault) Check {
	return func(ctx context.Context) (r Reading, err error) {
		client, err := upstream.OpenVault(cfg, upstream.EndpointNASVault, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		r.Vault, err = client.Health(ctx)
		return r, err
	}
}
