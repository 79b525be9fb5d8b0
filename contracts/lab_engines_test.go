//go:build pact && e2e

package contracts_test

import (
	"context"

	"github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/contracts"
)

// engines gets a request about the PKI or the transit key into a state. The
// lab's own role and key stay: what is missing is asked for by another name.
func (v vaultAccess) engines(ctx context.Context, state contracts.State) (access, error) {
	to := v.to
	own, err := v.token(ctx, state)
	if err != nil {
		return to, err
	}
	to.header = map[string]string{"X-Vault-Token": own}
	switch state {
	case contracts.PKIRoleMissing:
		to.path = map[string]string{"/sign/canary": "/sign/no-such-role"}
	case contracts.TransitKeyMissing:
		to.path = map[string]string{"/autounseal": "/no-such-key"}
	// Of TransitOtherKey it is the example that this key never made.
	case contracts.TransitAccepted:
		to.body = map[string]string{}
		to.body["ciphertext"], err = to.encrypted(ctx)
	}
	return to, err
}

// mountSecrets mounts the engine of the secret at a Vault without a lab.
func mountSecrets(ctx context.Context, admin *api.Client) error {
	return admin.Sys().MountWithContext(ctx, engine, &api.MountInput{Type: "kv", Options: map[string]string{"version": "2"}})
}

// mountEngines makes at a Vault without a lab what the shipped setup makes at
// the NAS Vault: the role that signs and the unseal key.
func mountEngines(ctx context.Context, admin *api.Client) error {
	for _, name := range []string{"pki", "transit"} {
		if err := admin.Sys().MountWithContext(ctx, name, &api.MountInput{Type: name}); err != nil {
			return err
		}
	}
	for _, made := range []struct {
		path string
		data map[string]any
	}{
		{"pki/root/generate/internal", map[string]any{"common_name": "NAS Vault"}},
		{"pki/roles/canary", map[string]any{
			"allowed_domains": "canary.invalid", "allow_bare_domains": true, "key_type": "any", "no_store": true, "max_ttl": "10m",
		}},
		{"transit/keys/autounseal", nil},
	} {
		if _, err := admin.Logical().WriteWithContext(ctx, made.path, made.data); err != nil {
			return err
		}
	}
	return nil
}
