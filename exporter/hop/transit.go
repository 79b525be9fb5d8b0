package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Transit checks that the NAS Vault has the key which unseals the main Vault: the
// true one, which alone decrypts the canary.
func Transit(vault *upstream.VaultServer, transit config.Transit) Check {
	return loggedIn(vault, func(ctx context.Context, client *upstream.Vault, _ *Reading) error {
		return client.OpenCanary(ctx, transit)
	})
}
