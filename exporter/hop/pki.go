package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// PKI checks that the NAS Vault issues a certificate that verifies.
func PKI(cfg config.Vault, pki config.PKI) Check {
	return loggedIn(cfg, func(ctx context.Context, client *upstream.Vault) error {
		return client.IssueCanary(ctx, pki)
	})
}

// logout ends a check's login. That it could not is no finding about the flow: the
// login ends by itself, later, and the request is counted as one that failed.
func logout(ctx context.Context, client *upstream.Vault) { _ = client.Logout(ctx) }

// loggedIn is a check that uses the NAS Vault with the exporter's own token.
func loggedIn(cfg config.Vault, use func(context.Context, *upstream.Vault) error) Check {
	return func(ctx context.Context) (r Reading, err error) {
		client, err := upstream.OpenVault(cfg, upstream.EndpointNASVault, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		err = client.Login(ctx)
		if err != nil {
			return r, err
		}
		defer logout(ctx, client)
		err = use(ctx, client)
		return r, err
	}
}
