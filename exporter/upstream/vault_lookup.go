package upstream

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// TokenState is what lookup-self says of a token.
type TokenState struct {
	Valid bool
	// Accessor names the token without being able to act for it; empty where
	// the reply had none.
	Accessor string
	// Root says that the token carries the root policy.
	Root bool
	// Expiry is when the token ends; zero for a token without TTL.
	Expiry time.Time
}

// LookupSelf asks Vault about the client's own token: no write, no lease. The
// state is valid beside an error too, where Vault refused the token.
func (c *Vault) LookupSelf(ctx context.Context) (state *TokenState, err error) {
	err = c.request(ctx, OpTokenLookup, func(ctx context.Context) error {
		secret, err := c.api.Auth().Token().LookupSelfWithContext(ctx)
		if err == nil {
			state, err = tokenState(secret)
			return err
		}
		state, err = refused(err)
		return err
	})
	return state, err
}

// refused reads a refusal. Vault answers 403 both to a token that it does not
// know and to one whose policies forbid looking up itself, and says of the
// former that it is invalid, or gives no list of errors.
func refused(err error) (*TokenState, error) {
	var reply *vault.ResponseError
	if !errors.As(err, &reply) || reply.StatusCode != http.StatusForbidden {
		return nil, err
	}
	said := strings.Join(reply.Errors, "\n")
	if strings.Contains(said, "1 error occurred") && !strings.Contains(said, "invalid token") {
		return nil, reason.Errorf(reason.Policy, "got status %d for a token that authenticates", reply.StatusCode)
	}
	return &TokenState{Valid: false}, reason.Errorf(reason.Revoked, "got status %d, want 200", reply.StatusCode)
}

// tokenState reads the reply of lookup-self. A token without TTL has a null
// expire_time; a missing ttl means that the reply is not Vault's.
func tokenState(secret *vault.Secret) (*TokenState, error) {
	if secret == nil || secret.Data["ttl"] == nil {
		return nil, reason.Errorf(reason.MalformedResponse, "got a reply without a time to live")
	}
	policies, err := secret.TokenPolicies()
	if err != nil {
		return nil, reason.Errorf(reason.MalformedResponse, "got a reply without policies")
	}
	state := &TokenState{Valid: true, Root: slices.Contains(policies, "root")}
	state.Accessor, _ = secret.Data["accessor"].(string)
	if end, ok := secret.Data["expire_time"].(string); ok {
		state.Expiry, err = time.Parse(time.RFC3339Nano, end)
		if err != nil {
			return nil, reason.Errorf(reason.MalformedResponse, "got an expiry that is not a time")
		}
	}
	return state, nil
}
