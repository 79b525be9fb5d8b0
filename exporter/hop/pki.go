package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// PKI checks that the NAS Vault issues a certificate that verifies.
func PKI(vault *upstream.VaultServer, pki config.PKI) Check {
	return loggedIn(vault, func(ctx context.Context, client *upstream.Vault, _ *Reading) error {
		return client.IssueCanary(ctx, pki)
	})
}
