package upstream

import (
	"context"
	"errors"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// ReadToken reads the token in one field of a KV v2 secret, and its version,
// which is valid beside an error too; 0 where none was learned.
func (c *Vault) ReadToken(ctx context.Context, kv config.KV) (t token.Token, version int, err error) {
	err = c.request(ctx, OpVaultKVRead, func(ctx context.Context) error {
		secret, err := c.api.KVv2(kv.Mount).Get(ctx, kv.Path)
		switch {
		case errors.Is(err, vault.ErrSecretNotFound):
			return reason.Errorf(reason.NotFound, "got no secret at %q", kv.Mount+"/"+kv.Path)
		case err != nil:
			return kvError(err)
		}
		if secret.VersionMetadata != nil {
			version = secret.VersionMetadata.Version
		}
		t, err = kvToken(secret, kv)
		return err
	})
	return t, version, err
}

// kvToken judges a reply that the library takes for a success. A deleted
// version comes back without error and without data.
func kvToken(secret *vault.KVSecret, kv config.KV) (token.Token, error) {
	if secret.Data == nil {
		switch meta := secret.VersionMetadata; {
		case meta == nil:
			return token.Token{}, reason.Errorf(reason.MalformedResponse, "got a secret without data and metadata")
		case meta.Destroyed:
			return token.Token{}, reason.Errorf(reason.Destroyed, "got version %d, which is destroyed", meta.Version)
		default:
			return token.Token{}, reason.Errorf(reason.SoftDeleted, "got version %d, which is deleted", meta.Version)
		}
	}
	value, ok := secret.Data[kv.Field]
	if !ok {
		return token.Token{}, reason.Errorf(reason.KeyMissing, "got no field %q", kv.Field)
	}
	text, ok := value.(string)
	if !ok {
		return token.Token{}, reason.Errorf(reason.Malformed, "got a field %q that is not a string", kv.Field)
	}
	return token.Parse([]byte(text))
}

// kvError tells a reply of another shape, which the library reports in words
// only, from a failed request, which has a type.
func kvError(err error) error {
	var reply *vault.ResponseError
	if errors.As(err, &reply) || reason.Of(err) != reason.Internal {
		return err
	}
	return reason.Errorf(reason.MalformedResponse, "got a reply that is not a KV v2 secret")
}
