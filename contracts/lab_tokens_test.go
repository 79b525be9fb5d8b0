//go:build pact && e2e

package contracts_test

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/contracts"
)

// The roles of tokens that cannot be used from here.
const (
	boundRole  = "contract-bound"
	entityRole = "contract-entity"
)

// defaultToken is one that can do no more than look itself up.
var defaultToken = &api.TokenCreateRequest{Policies: []string{"default"}, NoParent: true}

// prepareTokens makes the roles.
func (v vaultAccess) prepareTokens(ctx context.Context) error {
	for role, more := range map[string]map[string]any{
		boundRole:  {"token_bound_cidrs": []string{"203.0.113.0/24"}}, // of the documentation
		entityRole: {"allowed_entity_aliases": []string{entityRole + "-*"}},
	} {
		more["allowed_policies"], more["orphan"] = []string{noPolicy}, true
		if _, err := v.admin.Logical().WriteWithContext(ctx, "auth/token/roles/"+role, more); err != nil {
			return err
		}
	}
	return nil
}

// token makes the token that a state's request carries.
func (v vaultAccess) token(ctx context.Context, state contracts.State) (string, error) {
	request := &api.TokenCreateRequest{Policies: []string{"root"}, NoParent: true}
	create := v.admin.Auth().Token().CreateWithContext
	inRole := func(role string) {
		request.Policies, request.NoParent = []string{noPolicy}, false
		create = func(ctx context.Context, r *api.TokenCreateRequest) (*api.Secret, error) {
			return v.admin.Auth().Token().CreateWithRoleWithContext(ctx, r, role)
		}
	}
	switch state {
	case contracts.TokenLimited:
		request.Policies, request.TTL = []string{noPolicy}, "1h"
	case contracts.SecretForbidden, contracts.PKIForbidden, contracts.TransitForbidden:
		request.Policies = []string{noPolicy}
	case contracts.TokenTooNarrow:
		request.Policies, request.NoDefaultPolicy = []string{noPolicy}, true
	case contracts.TokenCounted:
		request.Policies, request.NumUses = []string{noPolicy}, 3
	case contracts.TokenLastUse:
		request.Policies, request.NumUses = []string{noPolicy}, 1
	case contracts.TokenUnplaced:
		return contracts.ExampleToken + ".nsid1", nil
	case contracts.TokenBound:
		inRole(boundRole)
	case contracts.TokenDisabled:
		inRole(entityRole)
		request.EntityAlias = fmt.Sprintf("%s-%d", entityRole, time.Now().UnixNano()) // no token is made for one that is disabled
	}
	made, err := create(ctx, request)
	if err != nil {
		return "", err
	}
	switch state {
	case contracts.TokenRevoked, contracts.TokenUnknownAtOpenBao:
		err = v.admin.Auth().Token().RevokeAccessorWithContext(ctx, made.Auth.Accessor)
	case contracts.TokenDisabled:
		err = v.disable(ctx, made.Auth.ClientToken)
	}
	return made.Auth.ClientToken, err
}

// disable disables the entity of a token.
func (v vaultAccess) disable(ctx context.Context, token string) error {
	found, err := v.admin.Auth().Token().LookupWithContext(ctx, token)
	if err != nil {
		return err
	}
	id, _ := found.Data["entity_id"].(string)
	if id == "" {
		return fmt.Errorf("got a token without an entity")
	}
	_, err = v.admin.Logical().WriteWithContext(ctx, "identity/entity/id/"+id, map[string]any{"disabled": true})
	return err
}
