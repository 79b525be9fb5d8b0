package upstream

import (
	"context"
	"net/http"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// WriteToken writes t and the fields beside it as a new version of a KV v2
// secret, provided that the newest version is still cas; 0 is for a secret
// without versions. It is one request, so readers see either the old version
// or the new one. A lost race is a *ConflictError.
func (c Vault) WriteToken(ctx context.Context, kv config.KV, t token.Token, fields map[string]string, cas int) error {
	data := map[string]any{kv.Field: t.Reveal()}
	for name, value := range fields {
		data[name] = value
	}
	defer clear(data)
	return c.checkAndSet(ctx, http.MethodPut, kv, data, cas)
}

// Fence makes a new version of a KV v2 secret with the content of version cas,
// so that whoever still means to write over cas cannot. A lost race is a
// *ConflictError. The content stays at the server: it merges a patch of nothing.
func (c Vault) Fence(ctx context.Context, kv config.KV, cas int) error {
	return c.checkAndSet(ctx, http.MethodPatch, kv, map[string]any{}, cas)
}

func (c Vault) checkAndSet(ctx context.Context, method string, kv config.KV, data map[string]any, cas int) error {
	lost := false
	err := c.Call(ctx, opVaultKVWrite, upstream.Request{
		Method: method,
		Path:   kv.Mount + "/data/" + kv.Path,
		Body:   map[string]any{"data": data, "options": map[string]any{"cas": cas}},
		Judge: func(refused upstream.Refusal) error {
			// A lost race has no status of its own.
			lost = refused.Status == http.StatusBadRequest && refused.Says("check-and-set parameter did not match")
			if lost {
				return reason.Errorf(reason.HTTPUnexpected, "got another version of %q, want %d", kv.Mount+"/"+kv.Path, cas)
			}
			return nil
		},
	}, nil)
	if lost {
		return &ConflictError{err: err}
	}
	return err
}
