package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/vault/api"
)

// The Vaults' names in the shipped setup.
const (
	sideNAS  = "nas"
	sideMain = "main"
)

// writePolicies writes the shipped policies of one of the Vaults.
func (l *Lab) writePolicies(ctx context.Context, v vaultServer, side string) error {
	files, err := filepath.Glob(filepath.Join(l.shipped, "vault", "policies", side, "*.hcl"))
	if err != nil || len(files) == 0 {
		return errors.Join(err, fmt.Errorf("reading the policies of %q: got %d files", side, len(files)))
	}
	for _, path := range files {
		rules, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		err = v.allow(ctx, strings.TrimSuffix(filepath.Base(path), ".hcl"), string(rules))
		if err != nil {
			return err
		}
	}
	return nil
}

// enableKubernetesAuth lets ServiceAccounts of the lab's K3s log in to the
// Vaults, which both are outside of the cluster.
func (l *Lab) enableKubernetesAuth(ctx context.Context) error {
	var reviewer map[string][]byte
	err := until(ctx, "the reviewer's token", func(ctx context.Context) (err error) {
		reviewer, err = l.Secret(ctx, "vault-reviewer")
		if err == nil && len(reviewer["token"]) == 0 {
			err = errors.New("got a Secret without one")
		}
		return err
	})
	if err != nil {
		return err
	}
	script, err := os.ReadFile(filepath.Join(l.shipped, "vault", "setup.sh"))
	if err != nil {
		return err
	}
	for side, v := range map[string]vaultServer{sideNAS: l.nas, sideMain: l.main} {
		err = v.enableKubernetesAuth(ctx, reviewer)
		if err != nil {
			return fmt.Errorf("preparing the Vault %q: %w", side, err)
		}
		roles := shippedRoles(string(script), side)
		if len(roles) == 0 {
			return fmt.Errorf("reading the roles of %q: got none in setup.sh", side)
		}
		for name, role := range roles {
			_, err = v.client.Logical().WriteWithContext(ctx, "auth/kubernetes/role/"+name, role)
			if err != nil {
				return fmt.Errorf("writing role %q: %w", name, err)
			}
		}
	}
	return nil
}

func (v vaultServer) enableKubernetesAuth(ctx context.Context, reviewer map[string][]byte) error {
	err := v.client.Sys().EnableAuthWithOptionsWithContext(ctx, "kubernetes", &api.EnableAuthOptions{Type: "kubernetes"})
	if err != nil {
		return fmt.Errorf("enabling Kubernetes auth: %w", err)
	}
	_, err = v.client.Logical().WriteWithContext(ctx, "auth/kubernetes/config", map[string]any{
		"kubernetes_host":    kubernetesServer,
		"kubernetes_ca_cert": string(reviewer["ca.crt"]),
		"token_reviewer_jwt": string(reviewer["token"]),
	})
	if err != nil {
		return fmt.Errorf("configuring Kubernetes auth: %w", err)
	}
	return nil
}

// shippedRoles reads the roles of one of the Vaults out of the shipped script,
// so that the lab's are the same:
//
//	role NAME SERVICE-ACCOUNT POLICY OPTION=VALUE...
func shippedRoles(script, side string) map[string]map[string]any {
	_, section, _ := strings.Cut(script, "\n"+side+")\n")
	section, _, _ = strings.Cut(section, ";;")
	roles := map[string]map[string]any{}
	for line := range strings.Lines(section) {
		words := strings.Fields(line)
		if len(words) < 4 || words[0] != "role" {
			continue
		}
		role := map[string]any{
			"bound_service_account_names":      words[2],
			"bound_service_account_namespaces": namespace,
			"audience":                         side + "-vault",
			"token_policies":                   words[3],
		}
		for _, option := range words[4:] {
			key, value, _ := strings.Cut(option, "=")
			role[key] = value
		}
		roles[words[1]] = role
	}
	return roles
}
