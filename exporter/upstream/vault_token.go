package upstream

import (
	"context"
	"errors"
	"net/http"
	"strings"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// TokenRequest is what a new token shall be.
type TokenRequest struct {
	// Role is the token role to make it under, which then says how long it
	// lives; without one it lives for ever, which takes a root token to make.
	Role     string
	Policies []string
	// Metadata is what others see of the token who know its accessor.
	Metadata map[string]string
}

// CreateToken makes a token that outlives its maker. The accessor is valid
// beside an error too, where a token was made that cannot be used.
func (c *Vault) CreateToken(ctx context.Context, want TokenRequest) (t token.Token, accessor string, err error) {
	err = c.request(ctx, OpTokenCreate, func(ctx context.Context) error {
		request := &vault.TokenCreateRequest{Policies: want.Policies, Metadata: want.Metadata, DisplayName: "token-rotator"}
		var secret *vault.Secret
		if want.Role != "" {
			secret, err = c.api.Auth().Token().CreateWithRoleWithContext(ctx, request, want.Role)
		} else {
			request.NoParent = true
			secret, err = c.api.Auth().Token().CreateWithContext(ctx, request)
		}
		switch {
		case err != nil:
			return err
		case secret == nil || secret.Auth == nil || secret.Auth.Accessor == "":
			return reason.Errorf(reason.MalformedResponse, "got a reply without a token and its accessor")
		}
		accessor = secret.Auth.Accessor
		if !secret.Auth.Orphan {
			return reason.Errorf(reason.Policy, "got a token that ends with its maker, want an orphan; set orphan=true on the token role %q", want.Role)
		}
		t, err = token.Parse([]byte(secret.Auth.ClientToken))
		return err
	})
	return t, accessor, err
}

// Accessor returns the accessor of the client's own token, which names it
// without being able to act for it.
func (c *Vault) Accessor(ctx context.Context) (accessor string, err error) {
	err = c.request(ctx, OpTokenLookup, func(ctx context.Context) error {
		secret, err := c.api.Auth().Token().LookupSelfWithContext(ctx)
		if err != nil {
			_, err = refused(err)
			return err
		}
		accessor, err = secret.TokenAccessor()
		if err != nil || accessor == "" {
			return reason.Errorf(reason.MalformedResponse, "got a reply without an accessor")
		}
		return nil
	})
	return accessor, err
}

// RevokeAccessor revokes the token that the accessor names. A token that is
// gone already is no error: Vault says so in a warning.
func (c *Vault) RevokeAccessor(ctx context.Context, accessor string) error {
	return c.request(ctx, OpTokenRevoke, func(ctx context.Context) error {
		return c.api.Auth().Token().RevokeAccessorWithContext(ctx, accessor)
	})
}

// FindTokens returns the accessors of all tokens whose metadata has value at
// key. It looks at every token of the Vault, one request each.
func (c *Vault) FindTokens(ctx context.Context, key, value string) (accessors []string, err error) {
	err = c.request(ctx, OpTokenList, func(ctx context.Context) error {
		list, err := c.api.Logical().ListWithContext(ctx, "auth/token/accessors")
		if err != nil {
			return err
		}
		if list == nil {
			return reason.Errorf(reason.MalformedResponse, "got no list of accessors")
		}
		all, ok := list.Data["keys"].([]any)
		if !ok {
			return reason.Errorf(reason.MalformedResponse, "got no list of accessors")
		}
		for _, entry := range all {
			accessor, _ := entry.(string)
			secret, err := c.api.Auth().Token().LookupAccessorWithContext(ctx, accessor)
			switch {
			case gone(err):
				continue // it ended since the list was made
			case err != nil:
				return err
			}
			meta, err := secret.TokenMetadata()
			if err == nil && meta[key] == value {
				accessors = append(accessors, accessor)
			}
		}
		return nil
	})
	return accessors, err
}

// gone reports whether a listed accessor has no token any more. Vault then
// says 400 or 403 "invalid accessor", or, where the accessor outlived its token
// in storage, 403 "permission denied". That cannot mean that the client may not
// look: whoever may list all accessors is root, as the list's path is guarded.
func gone(err error) bool {
	var reply *vault.ResponseError
	return errors.As(err, &reply) &&
		(reply.StatusCode == http.StatusForbidden ||
			reply.StatusCode == http.StatusBadRequest && strings.Contains(strings.Join(reply.Errors, "\n"), "invalid accessor"))
}
