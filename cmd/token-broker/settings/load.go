package settings

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
)

// Command is a command that the file is loaded for.
type Command string

// The commands.
const (
	Cycle       Command = "cycle"
	RotateToken Command = "rotate"
	TakeBackup  Command = "snapshot"
	CheckHealth Command = "health-check"
)

// Load reads the file and checks that it has what the command needs. Its error
// is a *config.Error that lists every problem at once. For the end of a file that
// is a pipe it waits until ctx ends.
func Load(ctx context.Context, path string, command Command) (*Settings, error) {
	s := &Settings{}
	err := config.DecodeOnce(ctx, path, s, s.setDefaults, func(c *config.Checker) {
		validator{Checker: c, command: command}.settings(s)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}
