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
	var reply struct {
		Data *struct {
			CustomMetadata map[string]string `json:"custom_metadata"`
		} `json:"data"`
	}
	err := c.Call(ctx, opVaultMetadata, upstream.Request{Method: http.MethodGet, Path: metadataPath(kv)}, &reply)
	switch {
	case reason.Of(err) == reason.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case reply.Data == nil:
		return nil, reason.Errorf(reason.MalformedResponse, "reading the metadata of %q: got a reply without any", kv.Mount+"/"+kv.Path)
	}
	return reply.Data.CustomMetadata, nil
}

// SetCustomMetadata sets one key of a KV v2 secret's custom metadata, or with
// an empty value removes it, and leaves the others alone.
func (c Vault) SetCustomMetadata(ctx context.Context, kv config.KV, key, value string) error {
	change := map[string]any{key: value}
	if value == "" {
		change[key] = nil
	}
	set := func(method string) error {
		return c.Call(ctx, opVaultMetadata, upstream.Request{
			Method: method, Path: metadataPath(kv), Body: map[string]any{"custom_metadata": change},
		}, nil)
	}
	err := set(http.MethodPatch)
	switch {
	case reason.Of(err) != reason.NotFound:
		return err
	case value == "":
		return nil
	}
	return set(http.MethodPost) // a secret that does not exist cannot be patched
}

func metadataPath(kv config.KV) string { return kv.Mount + "/metadata/" + kv.Path }
