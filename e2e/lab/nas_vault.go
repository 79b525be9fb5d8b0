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
	// sealKey is the transit key that unseals the main Vault, and its policy.
	sealKey = "autounseal"

	// sealPeriod is how long the main Vault's token lives without being renewed.
	sealPeriod = 24 * time.Hour
)

// startNASVault starts, initializes, unseals and fills the NAS Vault.
func (l *Lab) startNASVault(ctx context.Context) error {
	var err error
	*l.nas, err = l.startVault(ctx, aliasNASVault, l.secrets.certificates.NASVault, "")
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
	err = l.issueSealToken(ctx)
	if err != nil {
		return err
	}
	for _, lane := range l.everyLane() {
		err = l.Lane(lane).offerNew(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// issueSealToken makes the key that unseals the main Vault, and the token that
// may use it, as the manifests' README says. The main Vault needs them to start,
// so they are there before the shipped setup runs.
func (l *Lab) issueSealToken(ctx context.Context) error {
	rules, err := l.shippedPolicy(SideNAS, sealKey)
	if err != nil {
		return err
	}
	err = l.nas.allow(ctx, sealKey, rules)
	if err != nil {
		return err
	}
	err = l.nas.client.Sys().MountWithContext(ctx, "transit", &api.MountInput{Type: "transit"})
	if err != nil {
		return fmt.Errorf("mounting transit: %w", err)
	}
	_, err = l.nas.client.Logical().WriteWithContext(ctx, "transit/keys/"+sealKey, nil)
	if err != nil {
		return fmt.Errorf("making the transit key %q: %w", sealKey, err)
	}
	issued, err := l.nas.issue(ctx, sealKey, sealPeriod, nil)
	if err != nil {
		return err
	}
	l.secrets.sealToken = issued.ClientToken
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
