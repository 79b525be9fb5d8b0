package hop

import "homelab.io/vault-health-exporter/exporter/upstream"

// MainKV reads the copy that the broker writes, in the main Vault. External
// Secrets copies it to the Secret byte by byte.
func MainKV(vault *upstream.VaultServer) Check { return mainKV(vault, vaultToken) }

func mainKV(vault *upstream.VaultServer, values form) Check {
	return readKV(vault, values.delivered)
}
