package upstream

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// kvReply is what is read of a KV v2 secret.
type kvReply struct {
	Data *struct {
		Data     map[string]json.RawMessage `json:"data"`
		Metadata *struct {
			Version   int          `json:"version"`
			Created   string       `json:"created_time"`
			Destroyed bool         `json:"destroyed"`
			Rotation  openRotation `json:"custom_metadata"`
		} `json:"metadata"`
	} `json:"data"`
}

// ReadToken reads the token in one field of a KV v2 secret, and its version,
// which is valid beside an error too; 0 where none was learned.
func (c *Vault) ReadToken(ctx context.Context, kv config.KV) (t token.Token, version int, err error) {
	return c.ReadValue(ctx, kv, token.Parse)
}

// ReadDelivered is ReadToken for a secret that is copied to applications byte
// by byte. The token is valid beside the reason Padded.
func (c *Vault) ReadDelivered(ctx context.Context, kv config.KV) (t token.Token, version int, err error) {
	return c.ReadValue(ctx, kv, token.ParseDelivered)
}

// ReadValue is ReadToken for a value that parse reads.
func (c *Vault) ReadValue(ctx context.Context, kv config.KV, parse func([]byte) (token.Token, error)) (t token.Token, version int, err error) {
	request := Request{Method: http.MethodGet, Path: kv.Mount + "/data/" + kv.Path}
	err = c.ask(ctx, OpVaultKVRead, request, maxSecretBytes, func(a answer) error {
		var reply kvReply
		defer reply.clear()
		if a.status != http.StatusNotFound || a.decode(&reply) != nil || reply.Data == nil {
			// A deleted version comes with status 404, and says so in its data.
			if err := a.refused(request); reason.Of(err) == reason.NotFound {
				return reason.Errorf(reason.NotFound, "got no secret at %q of a KV v2 mount %q", kv.Path, kv.Mount)
			} else if err != nil {
				return err
			}
			if err := a.decode(&reply); err != nil {
				return err
			}
		}
		if reply.Data != nil && reply.Data.Metadata != nil {
			version = reply.Data.Metadata.Version
			c.trace.Created, _ = time.Parse(time.RFC3339Nano, reply.Data.Metadata.Created) // zero where it is no time
			c.trace.RotationOpened = time.Time(reply.Data.Metadata.Rotation)
		}
		t, err = reply.token(kv, parse)
		return err
	})
	return t, version, err
}

// token judges a secret.
func (r kvReply) token(kv config.KV, parse func([]byte) (token.Token, error)) (token.Token, error) {
	switch {
	case r.Data == nil:
		return token.Token{}, reason.Errorf(reason.MalformedResponse, "got a reply without data")
	case r.Data.Metadata == nil:
		return token.Token{}, reason.Errorf(reason.KVVersion, "got a secret without a version from the mount %q, want KV v2", kv.Mount)
	case r.Data.Data == nil && r.Data.Metadata.Destroyed:
		return token.Token{}, reason.Errorf(reason.Destroyed, "got version %d, which is destroyed", r.Data.Metadata.Version)
	case r.Data.Data == nil:
		return token.Token{}, reason.Errorf(reason.SoftDeleted, "got version %d, which is deleted", r.Data.Metadata.Version)
	}
	raw, ok := r.Data.Data[kv.Field]
	if !ok {
		return token.Token{}, reason.Errorf(reason.KeyMissing, "got no field %q", kv.Field)
	}
	var text token.Text
	if _ = text.UnmarshalJSON(raw); !text.IsString() {
		return token.Token{}, reason.Errorf(reason.Malformed, "got a field %q that is not a string", kv.Field)
	}
	return text.Token(parse)
}

// clear overwrites the values.
func (r *kvReply) clear() {
	if r.Data == nil {
		return
	}
	for _, value := range r.Data.Data {
		clear(value)
	}
}
