//go:build pact && e2e

package contracts_test

import (
	"context"
	"fmt"

	"homelab.io/vault-health-exporter/contracts"
)

// login gets a real JWT of a ServiceAccount that the role accepts, or not.
func (h *labHome) login(ctx context.Context, v vaultAccess, pair contracts.Pair, state contracts.State) (access, func() error, error) {
	account := pair.Consumer
	if state == contracts.LoginRefused {
		account = "nas-vault-store"
	}
	jwt, err := h.serviceAccountToken(ctx, account, pair.Provider)
	if err != nil {
		return access{}, nil, err
	}
	if state == contracts.LoginBadJWT {
		jwt += "broken"
	}
	to := v.to
	to.body = map[string]string{"jwt": jwt}
	if state != contracts.LoginNoRole {
		return to, nil, nil
	}
	path := "auth/kubernetes/role/" + pair.Consumer
	role, err := v.admin.Logical().ReadWithContext(ctx, path)
	if err != nil || role == nil {
		return access{}, nil, fmt.Errorf("reading %q: %w", path, err)
	}
	_, err = v.admin.Logical().DeleteWithContext(ctx, path)
	return to, func() error {
		_, err := v.admin.Logical().WriteWithContext(context.WithoutCancel(ctx), path, role.Data)
		return err
	}, err
}
