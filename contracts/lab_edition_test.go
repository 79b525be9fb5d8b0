//go:build pact && e2e

package contracts_test

import (
	"context"
	"fmt"
	"net/http"

	"homelab.io/vault-health-exporter/contracts"
)

// The namespaces, at a server that has some: one that is open and one that is
// sealed.
const (
	openNamespace   = "contract-open"
	sealedNamespace = "contract-sealed"
)

// learn finds out which states the Vault's edition and version have.
func (h *labHome) learn(ctx context.Context, v vaultAccess) error {
	var health said
	if err := v.to.call(ctx, http.MethodGet, "/v1/sys/health", nil, &health); err != nil {
		return err
	}
	h.product, h.lacks = "vault", map[contracts.State]string{}
	if health.Removed == nil {
		h.lacks[contracts.VaultRemoved] = "this version does not say so"
		h.lacks[contracts.VaultCutOff] = "this version does not say so"
	}
	for state := range contracts.Enterprise {
		h.lacks[state] = contracts.Elsewhere(state)
	}
	if h.spares.program == programOpenBao {
		h.product = "openbao"
		h.lacks[contracts.TokenRevoked] = "OpenBao does not say that a token is invalid"
		h.lacks[contracts.TokenUnplaced] = h.lacks[contracts.TokenRevoked]
		return h.prepareNamespaces(ctx, v)
	}
	for state := range contracts.OpenBao {
		h.lacks[state] = contracts.Elsewhere(state)
	}
	return nil
}

// prepareNamespaces makes the namespaces. Before OpenBao 2.6 none is sealed by
// itself: the seal that is asked for is passed over, and no key shares come back.
func (h *labHome) prepareNamespaces(ctx context.Context, v vaultAccess) error {
	if _, err := v.admin.Logical().WriteWithContext(ctx, "sys/namespaces/"+openNamespace, nil); err != nil {
		return fmt.Errorf("making a namespace, as OpenBao can from 2.3 on: %w", err)
	}
	if err := mountSecrets(ctx, v.admin.WithNamespace(openNamespace)); err != nil {
		return err
	}
	made, err := v.admin.Logical().WriteWithContext(ctx, "sys/namespaces/"+sealedNamespace, map[string]any{
		"seal": `seal "shamir" { shares = 1, threshold = 1 }`,
	})
	if err != nil {
		return err
	}
	if made == nil || made.Data["key_shares"] == nil {
		h.lacks[contracts.NamespaceSealed] = "this version seals no namespace by itself"
		return nil
	}
	_, err = v.admin.Logical().WriteWithContext(ctx, "sys/namespaces/"+sealedNamespace+"/seal", nil)
	return err
}

// namespace gets a request about a namespace into a state.
func (v vaultAccess) namespace(ctx context.Context, state contracts.State) (access, error) {
	to, inside := v.to, v.admin.WithNamespace(openNamespace)
	to.header = map[string]string{"X-Vault-Token": v.admin.Token(), "X-Vault-Namespace": openNamespace}
	switch state {
	case contracts.NamespaceMissing:
		to.header["X-Vault-Namespace"] = "no-such-namespace"
	case contracts.NamespaceSealed:
		to.header["X-Vault-Namespace"] = sealedNamespace
	case contracts.SecretInNamespace:
		return to, until(ctx, func() error {
			_, err := inside.KVv2(engine).Put(ctx, v.path, map[string]any{"token": contracts.ExampleToken})
			return err
		})
	case contracts.TokenOfNamespace:
		made, err := inside.Auth().Token().CreateWithContext(ctx, defaultToken)
		if err != nil {
			return to, err
		}
		to.header["X-Vault-Token"] = made.Auth.ClientToken
	}
	return to, nil
}
