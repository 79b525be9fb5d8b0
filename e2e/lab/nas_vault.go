package lab

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/vault/api"
)

const (
	kvMount    = "secret"
	kvNASPath  = "tokens/root"
	kvMainPath = "nas/vault-token"
	sealKey    = "autounseal"

	// policyPeriod is how long a token of the lab lives without being renewed.
	policyPeriod = 24 * time.Hour
)

// The rules of the NAS Vault's policies.
const (
	rulesSeal = `
path "transit/encrypt/autounseal" { capabilities = ["update"] }
path "transit/decrypt/autounseal" { capabilities = ["update"] }
`
	rulesReadToken = `path "secret/data/tokens/root" { capabilities = ["read"] }`
	// The exporter uses what it watches.
	rulesExporter = rulesSeal + rulesReadToken + `
path "pki/sign/canary" { capabilities = ["update"] }
`
)

// startNASVault starts, initializes, unseals and fills the NAS Vault.
func (l *Lab) startNASVault(ctx context.Context) error {
	var err error
	l.nas, err = l.startVault(ctx, aliasNASVault, l.secrets.certificates.nasVault, "")
	if err != nil {
		return err
	}
	initialized, err := l.nas.client.Sys().InitWithContext(ctx, &api.InitRequest{SecretShares: 1, SecretThreshold: 1})
	if err != nil {
		return fmt.Errorf("initializing the NAS Vault: %w", err)
	}
	l.secrets.unsealKey = initialized.KeysB64[0]
	l.nas.client.SetToken(initialized.RootToken)
	err = l.keep("nas-vault.token", initialized.RootToken)
	if err != nil {
		return err
	}
	err = l.UnsealNAS(ctx)
	if err != nil {
		return err
	}
	err = l.nas.enableKV(ctx)
	if err != nil {
		return err
	}
	err = l.enablePKI(ctx)
	if err != nil {
		return err
	}
	err = l.issueNASTokens(ctx)
	if err != nil {
		return err
	}
	l.token, err = l.newRootToken(ctx)
	if err != nil {
		return err
	}
	return l.writeToken(ctx, l.token, "")
}

// issueNASTokens makes the key that unseals the main Vault, and the tokens of
// everyone who talks to the NAS Vault.
func (l *Lab) issueNASTokens(ctx context.Context) error {
	err := l.nas.client.Sys().MountWithContext(ctx, "transit", &api.MountInput{Type: "transit"})
	if err != nil {
		return fmt.Errorf("mounting transit: %w", err)
	}
	_, err = l.nas.client.Logical().WriteWithContext(ctx, "transit/keys/"+sealKey, nil)
	if err != nil {
		return fmt.Errorf("making the transit key %q: %w", sealKey, err)
	}
	for _, wanted := range []struct {
		policy, rules string
		token         *string
	}{
		{"main-vault-seal", rulesSeal, &l.secrets.sealToken},
		{"vault-health-exporter", rulesExporter, &l.secrets.exporterToken},
		{"nas-token-broker", rulesReadToken, &l.secrets.brokerReadToken},
	} {
		err = l.nas.allow(ctx, wanted.policy, wanted.rules)
		if err != nil {
			return err
		}
		issued, err := l.nas.issue(ctx, wanted.policy, policyPeriod)
		if err != nil {
			return err
		}
		*wanted.token = issued.ClientToken
	}
	return nil
}

// NAS returns the administrator's client of the NAS Vault. It goes around
// every link that can be cut.
func (l *Lab) NAS() *api.Client { return l.nas.client }

// SealNAS seals the NAS Vault.
func (l *Lab) SealNAS(ctx context.Context) error {
	err := l.nas.client.Sys().SealWithContext(ctx)
	if err != nil {
		return fmt.Errorf("sealing the NAS Vault: %w", err)
	}
	return nil
}

// UnsealNAS unseals the NAS Vault and returns when it is active.
func (l *Lab) UnsealNAS(ctx context.Context) error {
	_, err := l.nas.client.Sys().UnsealWithContext(ctx, l.secrets.unsealKey)
	if err != nil {
		return fmt.Errorf("unsealing the NAS Vault: %w", err)
	}
	return l.nas.untilActive(ctx)
}
