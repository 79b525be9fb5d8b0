package lab

import (
	"context"
	"fmt"

	"github.com/hashicorp/vault/api"
)

// sealConfig makes the main Vault unseal itself through the NAS Vault.
const sealConfig = `
seal "transit" {
  address         = "https://%s"
  token           = "%s"
  key_name        = "%s"
  mount_path      = "transit/"
  tls_ca_cert     = "/vault/tls/ca.pem"
  tls_server_name = "%s"
}
`

// The rules of the main Vault's policies.
const (
	rulesReadCopy  = `path "secret/data/nas/vault-token" { capabilities = ["read"] }`
	rulesWriteCopy = `path "secret/data/nas/vault-token" { capabilities = ["create", "read", "update"] }`
)

// startMainVault starts the main Vault, which unseals itself, and prepares it
// for the copier.
func (l *Lab) startMainVault(ctx context.Context) error {
	seal := fmt.Sprintf(sealConfig, linkAddress(LinkNASVaultUnseal), l.secrets.sealToken, sealKey, aliasNASVault)
	var err error
	l.main, err = l.startVault(ctx, aliasMainVault, l.secrets.certificates.mainVault, seal)
	if err != nil {
		return err
	}
	initialized, err := l.main.client.Sys().InitWithContext(ctx, &api.InitRequest{RecoveryShares: 1, RecoveryThreshold: 1})
	if err != nil {
		return fmt.Errorf("initializing the main Vault: %w", err)
	}
	l.main.client.SetToken(initialized.RootToken)
	err = l.keep("main-vault.token", initialized.RootToken)
	if err != nil {
		return err
	}
	err = l.main.untilActive(ctx)
	if err != nil {
		return err
	}
	err = l.main.enableKV(ctx)
	if err != nil {
		return err
	}
	for policy, rules := range map[string]string{
		"vault-health-exporter": rulesReadCopy,
		"external-secrets":      rulesReadCopy,
		"nas-token-broker":      rulesWriteCopy,
	} {
		err = l.main.allow(ctx, policy, rules)
		if err != nil {
			return err
		}
	}
	issued, err := l.main.issue(ctx, "nas-token-broker", policyPeriod)
	if err != nil {
		return err
	}
	l.secrets.brokerWriteToken = issued.ClientToken
	return nil
}

// role is a login of a ServiceAccount at the main Vault.
type role struct{ name, serviceAccount, tokenType string }

var roles = []role{
	// The exporter logs in at every check; batch tokens cost Vault no storage.
	{name: "vault-health-exporter", serviceAccount: "vault-health-exporter", tokenType: "batch"},
	{name: "external-secrets", serviceAccount: "nas-vault-store", tokenType: "service"},
	{name: "nas-token-broker", serviceAccount: "nas-token-broker", tokenType: "batch"},
}

// enableKubernetesAuth lets ServiceAccounts of the lab's K3s log in to the main
// Vault.
func (l *Lab) enableKubernetesAuth(ctx context.Context) error {
	reviewer, err := l.serviceAccountToken(ctx, "vault-reviewer")
	if err != nil {
		return err
	}
	ca, err := l.kubernetesCA(ctx)
	if err != nil {
		return err
	}
	err = l.main.client.Sys().EnableAuthWithOptionsWithContext(ctx, "kubernetes", &api.EnableAuthOptions{Type: "kubernetes"})
	if err != nil {
		return fmt.Errorf("enabling Kubernetes auth: %w", err)
	}
	_, err = l.main.client.Logical().WriteWithContext(ctx, "auth/kubernetes/config", map[string]any{
		"kubernetes_host":    kubernetesServer,
		"kubernetes_ca_cert": string(ca),
		"token_reviewer_jwt": reviewer,
	})
	if err != nil {
		return fmt.Errorf("configuring Kubernetes auth: %w", err)
	}
	for _, r := range roles {
		_, err = l.main.client.Logical().WriteWithContext(ctx, "auth/kubernetes/role/"+r.name, map[string]any{
			"bound_service_account_names":      r.serviceAccount,
			"bound_service_account_namespaces": namespace,
			"token_policies":                   r.name,
			"token_type":                       r.tokenType,
			"token_ttl":                        "5m",
		})
		if err != nil {
			return fmt.Errorf("writing role %q: %w", r.name, err)
		}
	}
	return nil
}

// Main returns the administrator's client of the main Vault.
func (l *Lab) Main() *api.Client { return l.main.client }
