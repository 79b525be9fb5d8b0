package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/upstream"
)

// MainVault checks that the main Vault is active and that the exporter can log
// in as applications and the broker do.
func MainVault(vault *upstream.VaultServer) Check {
	var which known
	return func(ctx context.Context) (r Reading, err error) {
		client, err := vault.Open(ctx, &r.Trace)
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
		err = which.judge(vault.Config.Address, r.Vault)
		if err != nil {
			return r, err
		}
		err = client.Login(ctx)
		if err == nil {
			which.accepted()
			logout(ctx, client)
		}
		return r, err
	}
}
