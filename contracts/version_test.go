//go:build pact && e2e

package contracts_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/e2e/images"
)

// versionHome is one Vault of another version, or an OpenBao, without a lab
// around it.
type versionHome struct {
	*labHome
	version string
}

func (h versionHome) name() string { return h.product + "-" + h.version }

func (versionHome) mustVerify(pair contracts.Pair) bool { return pair.Provider == contracts.NASVault }

func (h versionHome) cannot(pair contracts.Pair, state contracts.State) string {
	if pair.Provider != contracts.NASVault {
		return "only the contracts with the NAS Vault are about VAULT_IMAGE"
	}
	return h.labHome.cannot(pair, state)
}

// TestVaultImage verifies the contracts with the NAS Vault against the image
// that VAULT_IMAGE names, of Vault or of OpenBao, which the engine has or can
// pull.
func TestVaultImage(t *testing.T) {
	image := os.Getenv("VAULT_IMAGE")
	if image == "" {
		t.Skip("not run: VAULT_IMAGE names no image")
	}
	// A client, and each clone of it, takes the namespace of the user's environment.
	t.Setenv(api.EnvVaultNamespace, "")
	if err := images.Given(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	docker, err := accessTo(dockerHost(), nil)
	if err != nil {
		t.Fatal(err)
	}
	suffix := fmt.Sprintf("-contract-%d", os.Getpid())
	h := versionHome{labHome: &labHome{docker: docker, suffix: suffix, spares: &spares{docker: docker, suffix: suffix, image: image, network: "bridge"}}}
	t.Cleanup(func() {
		if err := errors.Join(h.release(), h.spares.remove(context.Background())); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := h.spares.recognize(ctx); err != nil {
		t.Fatal(err)
	}
	client, key, err := h.spares.active(ctx, "nas-vault")
	if err != nil {
		t.Fatal(err)
	}
	if err := mountSecrets(ctx, client); err != nil {
		t.Fatal(err)
	}
	err = until(ctx, func() error {
		_, err := client.KVv2(engine).Put(ctx, "tokens/root", map[string]any{"token": contracts.ExampleToken})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := mountEngines(ctx, client); err != nil {
		t.Fatal(err)
	}
	unseal := func(ctx context.Context) error {
		if _, err := client.Sys().UnsealWithContext(ctx, key); err != nil {
			return err
		}
		return until(ctx, func() error { return standing(ctx, client, false) })
	}
	if err := h.prepareVault(ctx, contracts.NASVault, vaultAccess{admin: client, path: "tokens/root", unseal: unseal}, nil); err != nil {
		t.Fatal(err)
	}
	state, err := client.Sys().HealthWithContext(ctx)
	if err != nil {
		t.Fatal(err)
	}
	h.version = state.Version
	t.Logf("%s of %s", h.name(), image)
	verify(t, h)
}
