package upstream

import (
	"context"
	"errors"
	"net/http"
	"strings"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// WriteToken writes t and the fields beside it as a new version of a KV v2
// secret, provided that the newest version is still cas; 0 is for a secret
// without versions. It is one request, so readers see either the old version
// or the new one. A lost race is a *ConflictError.
func (c *Vault) WriteToken(ctx context.Context, kv config.KV, t token.Token, fields map[string]string, cas int) error {
	return c.checkAndSet(ctx, kv, cas, func(ctx context.Context) error {
		data := map[string]any{kv.Field: t.Reveal()}
		for name, value := range fields {
			data[name] = value
		}
		defer clear(data)
		_, err := c.api.KVv2(kv.Mount).Put(ctx, kv.Path, data, vault.WithCheckAndSet(cas))
		return err
	})
}

// Fence makes a new version of a KV v2 secret with the content of version cas,
// so that whoever still means to write over cas cannot. A lost race is a
// *ConflictError.
func (c *Vault) Fence(ctx context.Context, kv config.KV, cas int) error {
	return c.checkAndSet(ctx, kv, cas, func(ctx context.Context) error {
		// The library's own Patch reads and writes the content; a merge patch
		// of nothing leaves it at the server.
		secret, err := c.api.Logical().JSONMergePatch(ctx, kv.Mount+"/data/"+kv.Path, map[string]any{
			"data": map[string]any{}, "options": map[string]any{"cas": cas},
		})
		if err == nil && secret == nil { // which is how the library returns a 404
			return reason.Errorf(reason.NotFound, "got no secret at %q", kv.Mount+"/"+kv.Path)
		}
		return err
	})
}

func (c *Vault) checkAndSet(ctx context.Context, kv config.KV, cas int, write func(context.Context) error) error {
	lost := false
	err := c.request(ctx, OpVaultKVWrite, func(ctx context.Context) error {
		err := write(ctx)
		if lost = conflicts(err); lost {
			return reason.Errorf(reason.HTTPUnexpected, "got another version of %q, want %d", kv.Mount+"/"+kv.Path, cas)
		}
		if err != nil {
			return kvError(err)
		}
		return nil
	})
	if lost {
		return &ConflictError{err: err}
	}
	return err
}

// conflicts recognises Vault's refusal of a check-and-set, which has no status
// of its own.
func conflicts(err error) bool {
	var reply *vault.ResponseError
	return errors.As(err, &reply) && reply.StatusCode == http.StatusBadRequest &&
		strings.Contains(strings.Join(reply.Errors, "\n"), "check-and-set parameter did not match")
}

// CustomMetadata reads a KV v2 secret's custom metadata; a secret that does not
// exist has none.
func (c *Vault) CustomMetadata(ctx context.Context, kv config.KV) (notes map[string]string, err error) {
	err = c.request(ctx, OpVaultMetadata, func(ctx context.Context) error {
		meta, err := c.api.KVv2(kv.Mount).GetMetadata(ctx, kv.Path)
		switch {
		case errors.Is(err, vault.ErrSecretNotFound):
			return nil
		case err != nil:
			return kvError(err)
		}
		notes = map[string]string{}
		for key, value := range meta.CustomMetadata {
			text, ok := value.(string)
			if !ok {
				return reason.Errorf(reason.MalformedResponse, "got custom metadata that is not text")
			}
			notes[key] = text
		}
		return nil
	})
	return notes, err
}

// SetCustomMetadata sets one key of a KV v2 secret's custom metadata, or with
// an empty value removes it, and leaves the others alone.
func (c *Vault) SetCustomMetadata(ctx context.Context, kv config.KV, key, value string) error {
	change := map[string]any{key: value}
	if value == "" {
		change[key] = nil
	}
	return c.request(ctx, OpVaultMetadata, func(ctx context.Context) error {
		engine := c.api.KVv2(kv.Mount)
		// A secret that does not exist cannot be patched, which the library
		// does not tell from success.
		_, err := engine.GetMetadata(ctx, kv.Path)
		switch {
		case errors.Is(err, vault.ErrSecretNotFound) && value == "":
			return nil
		case errors.Is(err, vault.ErrSecretNotFound):
			return engine.PutMetadata(ctx, kv.Path, vault.KVMetadataPutInput{CustomMetadata: change})
		case err != nil:
			return kvError(err)
		}
		return engine.PatchMetadata(ctx, kv.Path, vault.KVMetadataPatchInput{CustomMetadata: change})
	})
}
