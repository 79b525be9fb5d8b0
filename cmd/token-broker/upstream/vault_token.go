package upstream

import (
	"context"
	"net/http"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
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
func (c Vault) CreateToken(ctx context.Context, want TokenRequest) (t token.Token, accessor string, err error) {
	path, body := "auth/token/create", vault.TokenCreateRequest{
		Policies: want.Policies, Metadata: want.Metadata, DisplayName: "token-rotator",
	}
	if want.Role != "" {
		path += "/" + want.Role
	} else {
		body.NoParent = true
	}
	var reply struct {
		Auth *struct {
			ClientToken string `json:"client_token"`
			Accessor    string `json:"accessor"`
			Orphan      bool   `json:"orphan"`
		} `json:"auth"`
	}
	err = c.Call(ctx, opTokenCreate, upstream.Request{Method: http.MethodPost, Path: path, Body: body}, &reply)
	switch {
	case err != nil:
		return t, "", err
	case reply.Auth == nil || !token.IsAccessor(reply.Auth.Accessor):
		return t, "", reason.Errorf(reason.MalformedResponse, "making a token: got a reply without a token and its accessor")
	case !reply.Auth.Orphan:
		return t, reply.Auth.Accessor, reason.Errorf(reason.Policy, "making a token: got one that ends with its maker, want an orphan; set orphan=true on the token role %q", want.Role)
	}
	t, err = token.Parse([]byte(reply.Auth.ClientToken))
	return t, reply.Auth.Accessor, err
}

// Accessor returns the accessor of the client's own token, which names it
// without being able to act for it.
func (c Vault) Accessor(ctx context.Context) (string, error) {
	state, err := c.LookupSelf(ctx)
	switch {
	case err != nil:
		return "", err
	case !token.IsAccessor(state.Accessor):
		return "", reason.Errorf(reason.MalformedResponse, "looking up the token: got a reply without an accessor")
	}
	return state.Accessor, nil
}

// RevokeAccessor revokes the token that the accessor names. A token that is
// gone already is no error: Vault says so in a warning.
func (c Vault) RevokeAccessor(ctx context.Context, accessor string) error {
	if !token.IsAccessor(accessor) {
		return reason.Errorf(reason.Internal, "revoking a token: got something else than an accessor")
	}
	return c.Call(ctx, opTokenRevoke, upstream.Request{
		Method: http.MethodPost, Path: "auth/token/revoke-accessor", Body: map[string]any{"accessor": accessor},
	}, nil)
}

// ActAs makes a copy of t the token of the client's requests, in place of its login,
// which it ends. A login that cannot be ended ends by itself.
func (c Vault) ActAs(ctx context.Context, t token.Token) {
	_ = c.Logout(ctx)
	c.UseToken(t)
}

// LookupAccessor returns the metadata of the token that the accessor names.
// alive is false where Vault says that there is none; a refusal says nothing.
func (c Vault) LookupAccessor(ctx context.Context, accessor string) (meta map[string]string, alive bool, err error) {
	var reply struct {
		Data *struct {
			Accessor string            `json:"accessor"`
			Meta     map[string]string `json:"meta"`
		} `json:"data"`
	}
	gone := false
	err = c.Call(ctx, opTokenLookup, upstream.Request{
		Method: http.MethodPost, Path: "auth/token/lookup-accessor", Body: map[string]any{"accessor": accessor},
		Judge: func(refused upstream.Refusal) error {
			gone = refused.Says("invalid accessor") && (refused.Status == http.StatusForbidden || refused.Status == http.StatusBadRequest)
			return nil
		},
	}, &reply)
	switch {
	case gone:
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case reply.Data == nil || reply.Data.Accessor != accessor:
		return nil, false, reason.Errorf(reason.MalformedResponse, "looking up an accessor: got a reply about something else")
	}
	return reply.Data.Meta, true, nil
}

// FindTokens returns the metadata, by accessor, of all tokens whose metadata has
// value, which must not be empty, at key. It looks at every token of the Vault,
// one request each, which takes a root token.
func (c Vault) FindTokens(ctx context.Context, key, value string) (found map[string]map[string]string, err error) {
	var list struct {
		Data *struct {
			Keys []string `json:"keys"`
		} `json:"data"`
	}
	err = c.Call(ctx, opTokenList, upstream.Request{Method: upstream.MethodList, Path: "auth/token/accessors"}, &list)
	switch {
	case err != nil:
		return nil, err
	case list.Data == nil:
		return nil, reason.Errorf(reason.MalformedResponse, "listing the tokens' accessors: got no list")
	}
	found = map[string]map[string]string{}
	for _, accessor := range list.Data.Keys {
		meta, alive, err := c.LookupAccessor(ctx, accessor)
		switch {
		case reason.Of(err) == reason.Forbidden:
			// Root may look, so this accessor outlived its token in the storage.
		case err != nil:
			return nil, err
		case alive && value != "" && meta[key] == value:
			found[accessor] = meta
		}
	}
	return found, nil
}
