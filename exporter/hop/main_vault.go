package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// MainVault checks that the main Vault is active and that the exporter can log
// in as applications and the broker do.
func MainVault(cfg config.Vault) Check {
	var vault known
	return func(ctx context.Context) (r Reading, err error) {
		client, err := upstream.OpenVault(cfg, upstream.EndpointMainVault, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		r.Vault, err = client.Health(ctx)
		if r.Vault != nil {
			r.found(whichVault("main", r.Vault)...)
		}
		if err != nil {
			return r, err
		}
		err = vault.judge(cfg.Address, r.Vault)
		if err != nil {
			return r, err
		}
		err = client.Login(ctx)
		if err == nil {
			vault.accepted()
			logout(ctx, client)
		}
		return r, err
	}
}
