package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/features"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// NASVault checks that the NAS Vault is initialized, unsealed and active. It
// needs no credentials. The rollout flag health-check-timeout, where there are
// flags, bounds it beside the flow's own timeout.
func NASVault(vault *upstream.VaultServer, featuresDir string) Check {
	return nasVault(vault, featuresDir, &known{unproven: true})
}

func nasVault(vault *upstream.VaultServer, featuresDir string, which *known) Check {
	return func(ctx context.Context) (r Reading, err error) {
		// Flags that cannot be read are the observer's to report; the flow's own
		// timeout holds meanwhile.
		if featuresDir != "" {
			if flags, err := features.Load(featuresDir); err == nil {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, flags.HealthCheckTimeout)
				defer cancel()
			}
		}
		client, err := vault.Open(ctx, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		r.Vault, err = client.Health(ctx)
		if r.Vault != nil {
			r.found(
				catalogue.Flag(catalogue.NASVaultInitialized, r.Vault.Initialized),
				catalogue.Flag(catalogue.NASVaultSealed, r.Vault.Sealed),
				catalogue.Flag(catalogue.NASVaultStandby, r.Vault.Standby),
			)
			if r.Vault.ClockSkew != nil {
				r.found(catalogue.Number(catalogue.NASVaultClockSkew, r.Vault.ClockSkew.Seconds()))
			}
			r.found(whichVault("nas", r.Vault)...)
		}
		if err == nil {
			err = which.judge(vault.Config.Address, r.Vault)
		}
		return r, err
	}
}
