package config_test

import (
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
)

// TestLoadingWaitsForNoFile: a token file that was a pipe hung the program, which
// no signal could end then.
func TestLoadingWaitsForNoFile(t *testing.T) {
	inTheContainer := []string{"flows.nas.docker.token_file"}
	configtest.RefusesWrongFiles(t, config.Config{}, inTheContainer, func(path string) error {
		_, err := config.Load(path)
		return err
	})
}

// TestAWrongConfigurationFile: what is loaded again and again is a regular file.
func TestAWrongConfigurationFile(t *testing.T) {
	for _, w := range configtest.WrongFiles(t) {
		t.Run(w.Name, func(t *testing.T) {
			err := configtest.InTime(t, func() error {
				_, err := config.Load(w.Path)
				return err
			})
			want := w.Path + ": reading the configuration: " + w.Says
			if w.Name == "a folder" {
				want = w.Path + ": reading the folder: got no file *.yaml or *.yml in it, want at least one"
			}
			if err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}
