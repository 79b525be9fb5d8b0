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

// startMainVault starts the main Vault, which unseals itself.
func (l *Lab) startMainVault(ctx context.Context) error {
	seal := fmt.Sprintf(sealConfig, fmt.Sprintf("%s:%d", aliasToxiproxy, l.linkPort(LinkNASVaultUnseal)), l.secrets.sealToken, sealKey, aliasNASVault)
	var err error
	*l.main, err = l.startVault(ctx, aliasMainVault, l.secrets.certificates.MainVault, seal)
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
	return l.main.untilActive(ctx)
}

// Main returns the administrator's client of the main Vault.
func (l *Lab) Main() *api.Client { return l.main.client }
