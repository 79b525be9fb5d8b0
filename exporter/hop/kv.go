package hop

import (
	"context"
	"errors"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// NASKV reads the token where the rotation writes it, in the NAS Vault.
func NASKV(cfg config.Vault) Check { return kvCheck(cfg, EndpointNASVault) }

// MainKV reads the copy that the broker writes, in the main Vault.
func MainKV(cfg config.Vault) Check { return kvCheck(cfg, EndpointMainVault) }

func kvCheck(cfg config.Vault, endpoint string) Check {
	return func(ctx context.Context) (r Reading, err error) {
		client, err := openVault(cfg, endpoint)
		if err != nil {
			return r, err
		}
		defer func() { client.close(&r) }()
		err = client.login(ctx, &r)
		if err != nil {
			return r, err
		}
		err = client.readKV(ctx, &r, *cfg.KV)
		return r, err
	}
}

// readKV puts the token of a KV v2 secret, and its version, into the reading.
func (c *vaultClient) readKV(ctx context.Context, r *Reading, kv config.KV) error {
	return c.request(ctx, r, OpVaultKVRead, func(ctx context.Context) error {
		secret, err := c.api.KVv2(kv.Mount).Get(ctx, kv.Path)
		switch {
		case errors.Is(err, vault.ErrSecretNotFound):
			return reason.Errorf(reason.NotFound, "got no secret at %q", kv.Mount+"/"+kv.Path)
		case err != nil:
			return kvError(err)
		}
		if secret.VersionMetadata != nil {
			r.KVVersion = secret.VersionMetadata.Version
		}
		r.Token, err = kvToken(secret, kv)
		return err
	})
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
