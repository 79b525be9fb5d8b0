package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
)

const oneFlow = "flows: [{nas: {vault: {address: \"http://127.0.0.1:1\"}}}]\n"

// TestTheWebConfigurationIsNotWaitedFor: the toolkit waited, with the port taken.
func TestTheWebConfigurationIsNotWaitedFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flow.yaml")
	if err := os.WriteFile(file, []byte(oneFlow), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, w := range configtest.WrongFiles(t) {
		for _, key := range []string{"", "cert_file", "key_file", "client_ca_file"} {
			t.Run(key+"/"+w.Name, func(t *testing.T) {
				web := w.Path
				if key != "" {
					web = filepath.Join(t.TempDir(), "web.yaml")
					if err := os.WriteFile(web, fmt.Appendf(nil, "tls_server_config: {%s: %q}\n", key, w.Path), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				var out bytes.Buffer
				exit := configtest.InTime(t, func() int {
					return run(t.Context(), []string{"--config.file=" + file, "--web.listen-address=127.0.0.1:0", "--web.config.file=" + web}, &out, &out)
				})
				if exit != exitUnusable || !strings.Contains(out.String(), fmt.Sprintf("reading the web configuration %q: ", web)) || !strings.Contains(out.String(), w.Says) {
					t.Errorf("got exit code %d and %q, want 2 and %s", exit, &out, w.Says)
				}
			})
		}
	}
}

// TestTheFilesOfTracingAreNotWaitedFor: OpenTelemetry reads also what a more
// special variable overrides.
func TestTheFilesOfTracingAreNotWaitedFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flow.yaml")
	if err := os.WriteFile(file, []byte(oneFlow), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, w := range configtest.WrongFiles(t) {
		for _, what := range []string{"CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"} {
			for _, prefix := range []string{"OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"} {
				t.Run(prefix+what+"/"+w.Name, func(t *testing.T) {
					t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
					t.Setenv(prefix+what, w.Path)
					var out bytes.Buffer
					exit := configtest.InTime(t, func() int {
						return run(t.Context(), []string{"--config.file=" + file, "--once"}, &out, &out)
					})
					want := fmt.Sprintf("reading the file %q that %s names: %s", w.Path, prefix+what, w.Says)
					if exit != exitUnusable || !strings.Contains(out.String(), want) {
						t.Errorf("got exit code %d and %q, want 2 and %s", exit, &out, want)
					}
				})
			}
		}
	}
}

// TestAReloadIsNotWaitedFor: a file that has become a pipe is refused, and what
// ran before goes on.
func TestAReloadIsNotWaitedFor(t *testing.T) {
	for _, w := range configtest.WrongFiles(t) {
		t.Run(w.Name, func(t *testing.T) {
			first := &config.Config{}
			load := serveCommand{configFile: w.Path}.loader(first, nil)
			if got, err := load(); got != first || err != nil {
				t.Errorf("got %v and %v at first, want what was loaded", got, err)
			}
			err := configtest.InTime(t, func() error { _, err := load(); return err })
			want := w.Says
			if w.Name == "a folder" {
				want = "got no file *.yaml or *.yml in it"
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

// TestAConfigurationFromAPipe: --config.check took <(…) of a shell, and --once,
// which read it twice, called it an empty file.
func TestAConfigurationFromAPipe(t *testing.T) {
	for command, want := range map[string]int{"--config.check": exitOK, "--once": exitFailed} {
		t.Run(command, func(t *testing.T) {
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			go func() { _ = os.WriteFile(pipe, []byte(oneFlow), 0o600) }()
			var out bytes.Buffer
			exit := configtest.InTime(t, func() int { return run(t.Context(), []string{"--config.file=" + pipe, command}, &out, &out) })
			if exit != want || strings.Contains(out.String(), "empty file") {
				t.Errorf("got exit code %d and %s, want %d", exit, &out, want)
			}
		})
	}
}

// TestASignalEndsTheWaitForAConfiguration: nothing but SIGKILL did.
func TestASignalEndsTheWaitForAConfiguration(t *testing.T) {
	for _, args := range [][]string{{"--config.check"}, {"--once"}, {"serve"}, {"token", "--stdout"}} {
		t.Run(args[0], func(t *testing.T) {
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			command, stderr := program(t, append(args, "--config.file="+pipe)...)
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // returns when the program has begun to read
			if err != nil {
				t.Fatal(err)
			}
			defer writer.Close()
			_ = command.Process.Signal(syscall.SIGTERM)
			_ = configtest.InTime(t, command.Wait)
			if got := command.ProcessState.ExitCode(); got != exitUnusable || !strings.Contains(stderr.String(), "stopped while waiting") {
				t.Errorf("got exit code %d and %q, want 2 and that it was stopped", got, stderr)
			}
		})
	}
}

// TestASignalEndsTheCheck: also where it comes after the configuration was read.
func TestASignalEndsTheCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flow.yaml")
	if err := os.WriteFile(file, []byte(oneFlow), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, signal := context.WithCancel(t.Context())
	signal()
	var stdout, stderr bytes.Buffer
	if exit := run(ctx, []string{"--config.file=" + file, "--config.check"}, &stdout, &stderr); exit != exitUnusable || stdout.Len() > 0 || !strings.Contains(stderr.String(), "stopped by a signal") {
		t.Errorf("got exit code %d, %q and %q, want 2 and that it was stopped", exit, &stdout, &stderr)
	}
}
