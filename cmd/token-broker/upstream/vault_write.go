package upstream

import (
	"context"
	"encoding/json"
	"net/http"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// The fields beside a token that a rotation publishes.
const (
	FieldCreated = "created_at"
	// FieldFrom names the token that it replaced, by its accessor.
	FieldFrom = "rotated_from"
)

// RotatedFrom reads FieldFrom in the newest version of a KV v2 secret, and which
// version that is.
func (c Vault) RotatedFrom(ctx context.Context, kv config.KV) (accessor string, version int, err error) {
	var reply struct {
		Data struct {
			Data     map[string]json.RawMessage `json:"data"`
			Metadata struct {
				Version int `json:"version"`
			} `json:"metadata"`
		} `json:"data"`
	}
	err = c.Call(ctx, upstream.OpVaultKVRead, upstream.Request{Method: http.MethodGet, Path: kv.Mount + "/data/" + kv.Path}, &reply)
	if err != nil {
		return "", 0, err
	}
	defer func() {
		for _, value := range reply.Data.Data {
			clear(value)
		}
	}()
	_ = json.Unmarshal(reply.Data.Data[FieldFrom], &accessor) // what is no text is no accessor
	return accessor, reply.Data.Metadata.Version, nil
}

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
