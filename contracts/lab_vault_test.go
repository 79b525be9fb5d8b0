//go:build pact && e2e

package contracts_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/exporter/config"
)

// vaultAccess is one of the lab's Vaults.
type vaultAccess struct {
	admin *api.Client
	to    access
	path  string // of its secret, in the engine "secret"
	// kept is what the secret held before.
	kept map[string]any
	// unseal makes it active again after it was sealed.
	unseal func(context.Context) error
}

// Names for what the states need at the Vaults.
const (
	engine   = "secret"
	noPolicy = "contract-nothing"
)

// prepareVault makes what the states need at a Vault.
func (h *labHome) prepareVault(ctx context.Context, name string, v vaultAccess, authority *config.TLS) error {
	to, err := accessTo(v.admin.Address(), authority)
	if err != nil {
		return err
	}
	to.untyped = true
	v.to = to
	secret, err := v.admin.KVv2(engine).Get(ctx, v.path)
	if err != nil {
		return fmt.Errorf("reading the secret of %q: %w", name, err)
	}
	v.kept = secret.Data
	if err := v.admin.Sys().PutPolicyWithContext(ctx, noPolicy, `path "none" { capabilities = ["deny"] }`); err != nil {
		return err
	}
	if err := v.admin.Sys().MountWithContext(ctx, flat, &api.MountInput{Type: "kv", Options: map[string]string{"version": "1"}}); err != nil {
		return err
	}
	if err := v.prepareTokens(ctx); err != nil {
		return err
	}
	if err := h.learn(ctx, v); err != nil {
		return err
	}
	if h.vaults == nil {
		h.vaults = map[string]vaultAccess{}
	}
	h.vaults[name] = v
	return nil
}

// vault puts one of the Vaults, or what it holds, into a state.
func (h *labHome) vault(ctx context.Context, pair contracts.Pair, state contracts.State) (to access, leave func() error, err error) {
	v := h.vaults[pair.Provider]
	later := context.WithoutCancel(ctx)
	to = v.to
	switch state {
	case contracts.VaultReplaced, contracts.VaultBehindMesh, contracts.VaultBehindSignOn:
		to.instead = inFront[state]
		return to, nil, nil
	case contracts.VaultForwards, contracts.VaultRedirects, contracts.VaultCutOff, contracts.VaultRemoved:
		to, err = h.spares.node(ctx, v, state)
		return to, nil, err
	case contracts.SecretInNamespace, contracts.NamespaceMissing, contracts.NamespaceSealed, contracts.TokenOfNamespace:
		to, err = v.namespace(ctx, state)
		return to, nil, err
	case contracts.VaultUninitialized:
		to.base, err = h.spares.uninitialized(ctx)
		return to, nil, err
	case contracts.VaultLonelyStandby:
		to.base, err = h.spares.standby(ctx)
		return to, nil, err
	case contracts.VaultSealed:
		to.header = map[string]string{"X-Vault-Token": v.admin.Token()}
		if err := v.admin.Sys().SealWithContext(ctx); err != nil {
			return to, nil, err
		}
		return to, func() error { return v.unseal(later) }, nil
	case contracts.LoginAccepted, contracts.LoginRefused, contracts.LoginBadJWT, contracts.LoginNoRole:
		return h.login(ctx, v, pair, state)
	case contracts.PKIAccepted, contracts.PKIForbidden, contracts.PKIRoleMissing,
		contracts.TransitAccepted, contracts.TransitForbidden, contracts.TransitKeyMissing, contracts.TransitOtherKey:
		to, err = v.engines(ctx, state)
		return to, nil, err
	}
	own, err := v.token(ctx, state)
	if err != nil {
		return to, nil, err
	}
	to.header = map[string]string{"X-Vault-Token": own}
	if err := v.secret(ctx, state); err != nil {
		return to, nil, err
	}
	to.path = elsewhere[state]
	return to, func() error { return v.restore(later) }, nil
}

// secret puts the Vault's secret into a state.
func (v vaultAccess) secret(ctx context.Context, state contracts.State) error {
	kv := v.admin.KVv2(engine)
	if err := kv.DeleteMetadata(ctx, v.path); err != nil {
		return err
	}
	if state == contracts.SecretMissing {
		return nil
	}
	data := map[string]any{"token": contracts.ExampleToken, "created_at": "2026-01-02T03:04:05Z"}
	switch state {
	case contracts.SecretWithoutKey:
		delete(data, "token")
	case contracts.SecretMalformed:
		data["token"] = "Root token: ask the administrator"
	case contracts.SecretNumber:
		data["token"] = 4
	case contracts.SecretFlat:
		return v.admin.KVv1(flat).Put(ctx, v.path, data)
	}
	if _, err := kv.Put(ctx, v.path, data); err != nil {
		return err
	}
	switch state {
	case contracts.SecretNoted:
		return kv.PutMetadata(ctx, v.path, api.KVMetadataPutInput{CustomMetadata: map[string]any{contracts.ExampleNote: "a note"}})
	case contracts.SecretSecond:
		_, err := kv.Put(ctx, v.path, data)
		return err
	case contracts.SecretDeleted:
		return kv.Delete(ctx, v.path)
	case contracts.SecretDestroyed:
		return kv.Destroy(ctx, v.path, []int{1})
	case contracts.SecretRateLimited:
		return v.exhaust(ctx)
	}
	return nil
}

// exhaust limits the reads of the secret to one an hour and makes that one.
func (v vaultAccess) exhaust(ctx context.Context) error {
	_, err := v.admin.Logical().WriteWithContext(ctx, quota, map[string]any{
		"path": engine + "/data/" + v.path, "rate": 1, "interval": "1h",
	})
	if err != nil {
		return err
	}
	for {
		_, err := v.admin.KVv2(engine).Get(ctx, v.path)
		switch {
		case err != nil && strings.Contains(err.Error(), "quota"):
			return nil
		case err != nil:
			return err
		}
	}
}

func (v vaultAccess) restore(ctx context.Context) error {
	if _, err := v.admin.Logical().DeleteWithContext(ctx, quota); err != nil {
		return err
	}
	_, err := v.admin.KVv2(engine).Put(ctx, v.path, v.kept)
	return err
}

// restartMain unseals the main Vault, which it does itself when it starts.
func (h *labHome) restartMain(ctx context.Context) error {
	err := h.docker.call(ctx, http.MethodPost, "/v1.41/containers/main-vault"+h.suffix+"/restart?t=1", nil, nil)
	if err != nil {
		return err
	}
	return until(ctx, func() error { return standing(ctx, h.lab.Main(), false) })
}

// until asks again and again, for at most half a minute.
func until(ctx context.Context, ask func() error) error {
	ctx, cancel := context.WithTimeout(ctx, stateTimeout/2)
	defer cancel()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}
