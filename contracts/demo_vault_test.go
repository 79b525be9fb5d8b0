//go:build pact

package contracts_test

import (
	"context"
	"net/http"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/contracts"
)

// prepare makes what a state needs beside the secret, with a root token.
func (h *demoHome) prepare(ctx context.Context, to access, path string, state contracts.State) error {
	switch state {
	case contracts.SecretFlat, contracts.SecretNotFlat:
		// Which is there already the second time.
		_ = to.call(ctx, http.MethodPost, "/v1/sys/mounts/"+flat, map[string]any{"type": "kv", "options": map[string]string{"version": "1"}}, nil)
		return to.call(ctx, http.MethodPut, "/v1/"+flat+"/"+path, map[string]any{"token": contracts.ExampleToken}, nil)
	case contracts.SecretRateLimited:
		h.limited = to
		err := to.call(ctx, http.MethodPut, "/v1/"+quota, map[string]any{"path": "secret/data/" + path, "rate": 1, "interval": "1h"}, nil)
		if err != nil {
			return err
		}
		return to.call(ctx, http.MethodGet, "/v1/secret/data/"+path, nil, nil)
	}
	return nil
}

// repair undoes what no fault did.
func (h *demoHome) repair(ctx context.Context) error {
	h.lab.RestoreObjects()
	for _, name := range []string{homelab.NAS, homelab.Main} {
		if err := h.lab.SetStanding(name, homelab.Alone); err != nil {
			return err
		}
	}
	h.lab.Sync()
	if h.limited.base == nil {
		return nil
	}
	to := h.limited
	h.limited = access{}
	return to.call(context.WithoutCancel(ctx), http.MethodDelete, "/v1/"+quota, nil, nil)
}
