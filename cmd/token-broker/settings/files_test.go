package settings_test

import (
	"testing"

	"homelab.io/vault-health-exporter/cmd/token-broker/settings"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
)

// TestLoadingWaitsForNoFile: a token file that was a pipe hung every command,
// which no signal could end then.
func TestLoadingWaitsForNoFile(t *testing.T) {
	for _, command := range []settings.Command{settings.Cycle, settings.RotateToken, settings.TakeBackup, settings.CheckHealth} {
		t.Run(string(command), func(t *testing.T) {
			elsewhere := []string{"nas.docker.token_file", "nas.transit.canary_file"} // in the container; the exporter's
			if command != settings.RotateToken {
				elsewhere = append(elsewhere, "rotate.token_file")
			}
			configtest.RefusesWrongFiles(t, settings.Settings{}, elsewhere, func(path string) error {
				_, err := settings.Load(t.Context(), path, command)
				return err
			})
		})
	}
}
