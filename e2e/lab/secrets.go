package lab

import (
	"encoding/json"
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
	// Another process may read it at any time.
	partial := filepath.Join(l.state, name+".partial")
	err := os.WriteFile(partial, []byte(content), 0o600)
	if err == nil {
		err = os.Rename(partial, filepath.Join(l.state, name))
	}
	if err != nil {
		return fmt.Errorf("keeping %q: %w", name, err)
	}
	return nil
}

func (l *Lab) keepJSON(name string, content any) error {
	encoded, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("keeping %q: %w", name, err)
	}
	return l.keep(name, string(encoded))
}

// kept reads what keepJSON wrote.
func (l *Lab) kept(name string, out any) error {
	content, err := os.ReadFile(filepath.Join(l.state, name))
	if err == nil {
		err = json.Unmarshal(content, out)
	}
	if err != nil {
		return fmt.Errorf("reading what was kept as %q: %w", name, err)
	}
	return nil
}
