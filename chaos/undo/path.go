package undo

import (
	"os"
	"path/filepath"
)

// Path is where the journal is unless a person says otherwise: where programs of
// the person keep what they must not forget.
func Path() string {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			home = os.TempDir()
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "vault-health-exporter", "undo.jsonl")
}
