package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Transit checks that the key which unseals the main Vault encrypts and decrypts.
func Transit(cfg config.Vault, transit config.Transit) Check {
	return loggedIn(cfg, func(ctx context.Context, client *upstream.Vault) error {
		return client.RoundTrip(ctx, transit)
	})
}
