package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// NASKV reads the token where the rotation writes it, in the NAS Vault, and what
// the rotation notes beside it.
func NASKV(vault *upstream.VaultServer) Check { return nasKV(vault, vaultToken) }

func nasKV(vault *upstream.VaultServer, values form) Check {
	read := readKV(vault, values.made)
	return func(ctx context.Context) (Reading, error) {
		r, err := read(ctx)
		r.found(catalogue.Moment(catalogue.RotationOpen, r.RotationOpened))
		return r, err
	}
}

// readKV reads the value of the configured KV v2 secret.
func readKV(vault *upstream.VaultServer, parse parser) Check {
	return loggedIn(vault, func(ctx context.Context, client *upstream.Vault, r *Reading) (err error) {
		r.Token, r.KVVersion, err = client.ReadValue(ctx, *vault.Config.KV, parse)
		if r.KVVersion > 0 {
			r.found(catalogue.Number(catalogue.KVVersion, float64(r.KVVersion)))
		}
		return err
	})
}
