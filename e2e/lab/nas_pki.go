package lab

import (
	"context"
	"fmt"

	"github.com/hashicorp/vault/api"
)

// canaryRole signs what the exporter's hop pki asks for, and keeps no copy.
const canaryRole = "canary"

// enablePKI makes the NAS Vault a certificate authority.
func (l *Lab) enablePKI(ctx context.Context) error {
	err := l.nas.client.Sys().MountWithContext(ctx, "pki", &api.MountInput{Type: "pki"})
	if err != nil {
		return fmt.Errorf("mounting pki: %w", err)
	}
	_, err = l.nas.client.Logical().WriteWithContext(ctx, "pki/root/generate/internal", map[string]any{
		"common_name": "Lab NAS", "key_type": "ec", "key_bits": 256, "ttl": "24h",
	})
	if err != nil {
		return fmt.Errorf("making the PKI's root: %w", err)
	}
	_, err = l.nas.client.Logical().WriteWithContext(ctx, "pki/roles/"+canaryRole, map[string]any{
		"allowed_domains": "canary.invalid", "allow_bare_domains": true, "key_type": "any",
		"no_store": true, "max_ttl": "10m",
	})
	if err != nil {
		return fmt.Errorf("writing the PKI's role %q: %w", canaryRole, err)
	}
	return nil
}
