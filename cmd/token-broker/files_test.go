package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config/configtest"
)

var commands = []string{"cycle", "rotate", "snapshot", "health-check"}

// TestNoCommandWaitsForItsFile: for the configuration itself, or what it names.
func TestNoCommandWaitsForItsFile(t *testing.T) {
	for _, w := range configtest.WrongFiles(t) {
		for _, command := range commands {
			t.Run(command+"/"+w.Name, func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "broker.yaml")
				if err := os.WriteFile(file, []byte("nas: {vault: {address: \"http://127.0.0.1:1\", auth: {token_file: "+w.Path+"}}}\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				var out bytes.Buffer
				exit := configtest.InTime(t, func() int { return run(t.Context(), []string{command, "--config.file=" + file}, &out, &out) })
				if exit != exitUnusable || !strings.Contains(out.String(), "nas.vault.auth.token_file: reading the file that it names: "+w.Says) {
					t.Errorf("got exit code %d and %q, want 2 and %s", exit, &out, w.Says)
				}
			})
		}
	}
}

// TestASignalEndsTheWaitForAConfiguration: nothing but SIGKILL did.
func TestASignalEndsTheWaitForAConfiguration(t *testing.T) {
	for _, command := range commands {
		t.Run(command, func(t *testing.T) {
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, signal := context.WithCancel(t.Context())
			signal()
			var out bytes.Buffer
			exit := configtest.InTime(t, func() int { return run(ctx, []string{command, "--config.file=" + pipe}, &out, &out) })
			if exit != exitUnusable || !strings.Contains(out.String(), "stopped while waiting") {
				t.Errorf("got exit code %d and %q, want 2 and that it was stopped", exit, &out)
			}
			if writer, err := os.OpenFile(pipe, os.O_WRONLY, 0); err == nil { // lets go what was left behind
				_ = writer.Close()
			}
		})
	}
}
