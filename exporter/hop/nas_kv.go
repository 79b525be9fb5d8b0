package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// NASKV reads the token where the rotation writes it, in the NAS Vault, and what
// the rotation notes beside it.
func NASKV(vault *upstream.VaultServer) Check {
	read := readKV(vault, (*upstream.Vault).ReadToken)
	return func(ctx context.Context) (Reading, error) {
		r, err := read(ctx)
		r.found(catalogue.Moment(catalogue.RotationOpen, r.RotationOpened))
		return r, err
	}
}

type reader func(*upstream.Vault, context.Context, config.KV) (token.Token, int, error)

// readKV reads the token of the configured KV v2 secret.
func readKV(vault *upstream.VaultServer, read reader) Check {
	return loggedIn(vault, func(ctx context.Context, client *upstream.Vault, r *Reading) (err error) {
		r.Token, r.KVVersion, err = read(client, ctx, *vault.Config.KV)
		if r.KVVersion > 0 {
			r.found(catalogue.Number(catalogue.KVVersion, float64(r.KVVersion)))
		}
		return err
	})
}
