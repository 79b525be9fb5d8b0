package hop

import (
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// MainKV reads the copy that the broker writes, in the main Vault. External
// Secrets copies it to the Secret byte by byte.
func MainKV(cfg config.Vault) Check {
	return readKV(cfg, upstream.EndpointMainVault, (*upstream.Vault).ReadDelivered)
}
