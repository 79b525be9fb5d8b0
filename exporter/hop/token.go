package hop

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Token checks that the token which applications would get now authenticates
// at the NAS Vault. It reads the Secret itself, so that it proves the value
// that is served and not one that another check remembers.
func Token(nas config.Vault, k8s config.Kubernetes) Check {
	readSecret := K8sSecret(k8s)
	return func(ctx context.Context) (r Reading, err error) {
		r, err = readSecret(ctx)
		if err != nil {
			return r, err
		}
		client, err := openVault(nas, EndpointNASVault)
		if err != nil {
			return r, err
		}
		defer func() { client.close(&r) }()
		client.api.SetToken(r.Token.Reveal())
		err = client.lookupSelf(ctx, &r)
		return r, err
	}
}

// lookupSelf asks the NAS Vault about the client's own token: no write, no lease.
func (c *vaultClient) lookupSelf(ctx context.Context, r *Reading) error {
	return c.request(ctx, r, OpTokenLookup, func(ctx context.Context) error {
		secret, err := c.api.Auth().Token().LookupSelfWithContext(ctx)
		if err != nil {
			return lookupError(err, r)
		}
		state, err := tokenState(secret)
		if err != nil {
			return err
		}
		r.Auth = state
		return nil
	})
}

// lookupError reads a refusal. Vault answers 403 both to a token that it does
// not know and to one whose policies forbid looking up itself; only the former
// is called invalid, or is refused without naming a policy.
func lookupError(err error, r *Reading) error {
	var reply *vault.ResponseError
	if !errors.As(err, &reply) || reply.StatusCode != http.StatusForbidden {
		return err
	}
	said := strings.Join(reply.Errors, "\n")
	if strings.Contains(said, "permission denied") && strings.Contains(said, "1 error occurred") && !strings.Contains(said, "invalid token") {
		return reason.Errorf(reason.Policy, "got status %d for a token that authenticates", reply.StatusCode)
	}
	r.Auth = &TokenState{Valid: false}
	return reason.Errorf(reason.Revoked, "got status %d, want 200", reply.StatusCode)
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
	if end, ok := secret.Data["expire_time"].(string); ok {
		state.Expiry, err = time.Parse(time.RFC3339Nano, end)
		if err != nil {
			return nil, reason.Errorf(reason.MalformedResponse, "got an expiry that is not a time")
		}
	}
	return state, nil
}
