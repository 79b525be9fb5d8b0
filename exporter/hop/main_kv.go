package hop

import (
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// MainKV reads the copy that the broker writes, in the main Vault.
func MainKV(cfg config.Vault) Check { return readKV(cfg, upstream.EndpointMainVault) }
