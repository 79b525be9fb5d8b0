package upstream

import (
	"context"
	"net/http"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// CustomMetadata reads a KV v2 secret's custom metadata; a secret that does not
// exist has none.
func (c Vault) CustomMetadata(ctx context.Context, kv config.KV) (map[string]string, error) {
	custom, _, err := c.metadata(ctx, kv)
	return custom, err
}

// metadata reads the custom metadata and whether there is such a secret.
func (c Vault) metadata(ctx context.Context, kv config.KV) (custom map[string]string, there bool, err error) {
	var reply struct {
		Data *struct {
			CustomMetadata map[string]string `json:"custom_metadata"`
		} `json:"data"`
	}
	err = c.Call(ctx, opVaultMetadata, upstream.Request{Method: http.MethodGet, Path: metadataPath(kv)}, &reply)
	switch {
	case reason.Of(err) == reason.NotFound:
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case reply.Data == nil:
		return nil, false, reason.Errorf(reason.MalformedResponse, "reading the metadata of %q: got a reply without any", kv.Mount+"/"+kv.Path)
	}
	return reply.Data.CustomMetadata, true, nil
}

// SetCustomMetadata sets one key of a KV v2 secret's custom metadata, or with
// an empty value removes it, and leaves the others alone.
func (c Vault) SetCustomMetadata(ctx context.Context, kv config.KV, key, value string) error {
	change := map[string]any{key: value}
	if value == "" {
		change[key] = nil
	}
	nothing := false
	set := func(method string) error {
		return c.Call(ctx, opVaultMetadata, upstream.Request{
			Method: method, Path: metadataPath(kv), Body: map[string]any{"custom_metadata": change},
			Judge: func(refused upstream.Refusal) error {
				nothing = refused.Status == http.StatusNotFound
				return nil
			},
		}, nil)
	}
	err := set(http.MethodPatch)
	if err == nil || !nothing {
		return err
	}
	// A secret that does not exist cannot be patched, which Vault says without a
	// word, as a proxy does that knows no PATCH. What makes the metadata would
	// replace those that are there, so Vault itself must say that there are none.
	switch _, there, look := c.metadata(ctx, kv); {
	case look != nil:
		return look
	case there:
		return err
	case value == "":
		return nil
	}
	return set(http.MethodPost)
}

func metadataPath(kv config.KV) string { return kv.Mount + "/metadata/" + kv.Path }
