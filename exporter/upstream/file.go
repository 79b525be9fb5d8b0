package upstream

import (
	"homelab.io/vault-health-exporter/exporter/localfile"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// maxCredentialFile caps a file with one secret in it, in bytes. A projected
// ServiceAccount token is longer than a Vault token.
const maxCredentialFile = 4 * token.MaxBytes

// readFile reads a file that the configuration names; its error says what the
// file is for, its name, and why it cannot be read.
func readFile(what, path string, limit int64) ([]byte, error) {
	content, err := localfile.Read(path, limit)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the %s %q: %s", what, path, localfile.Cause(err))
	}
	return content, nil
}
