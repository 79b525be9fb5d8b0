package step

import (
	"context"

	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Prove fails unless t authenticates at the NAS Vault. It uses a client of its
// own, so that no other token can pass for t.
func Prove(ctx context.Context, nas config.Vault, t token.Token, trace *upstream.Trace) (*upstream.TokenState, error) {
	client, err := upstream.OpenNASVault(nas, trace)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	client.UseToken(t)
	return client.LookupSelf(ctx)
}
