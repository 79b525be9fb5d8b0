// Package homelabtest starts the embedded flow for a test and ends it with the test.
package homelabtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/exporter/config"
)

// Home is an embedded flow, and its configuration as the exporter loads it.
type Home struct {
	*homelab.Homelab
	// File is the path of the configuration, which only its owner may read.
	File string
	Flow config.Flow
}

// OnRequest has the copiers run only when the test says so, with Sync.
var OnRequest = homelab.Options{CopyInterval: time.Hour}

// Start starts an embedded flow. When the test ends, so does the flow, and it
// must do so without an error.
func Start(t testing.TB, options homelab.Options) Home {
	t.Helper()
	home, err := homelab.Start(t.TempDir(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := home.Close(); err != nil {
			t.Error(err)
		}
	})
	return Load(t, home)
}

// Load loads the configuration of an embedded flow as the exporter does.
func Load(t testing.TB, home *homelab.Homelab) Home {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, home.Config(), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Flows) != 1 {
		t.Fatalf("loading the configuration of the embedded flow: got %d flows, want 1", len(cfg.Flows))
	}
	return Home{Homelab: home, File: file, Flow: cfg.Flows[0]}
}
