package lab

import (
	"fmt"
	"os"
	"path/filepath"
)

// secrets are what the lab made for itself. None of them is an argument of a
// process, a variable of its environment or part of a message.
type secrets struct {
	certificates certificates
	// unsealKey unseals the NAS Vault.
	unsealKey string
	// sealToken is the main Vault's token of the NAS Vault.
	sealToken string
}

// keep writes something for the person who uses a lab that stays up, into the
// lab's folder, which only its owner can enter.
func (l *Lab) keep(name, content string) error {
	err := os.WriteFile(filepath.Join(l.state, name), []byte(content), 0o600)
	if err != nil {
		return fmt.Errorf("keeping %q: %w", name, err)
	}
	return nil
}
