package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab"
)

// program starts this program as a process of its own: the test binary, which
// TestMain makes into it.
func program(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, args...)
	command.Env = append(os.Environ(), asProgram+"=1")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	return command, &stderr
}

// silentFlow writes a configuration whose one Vault accepts and says nothing;
// asked is closed when somebody has connected.
func silentFlow(t *testing.T) (file string, asked <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	connected := make(chan struct{})
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		close(connected)
		_, _ = io.Copy(io.Discard, c)
	}()
	file = filepath.Join(t.TempDir(), "flow.yaml")
	text := "flows: [{interval: 2m, timeout: 1m, nas: {vault: {address: \"http://" + listener.Addr().String() + "\"}}}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, connected
}

// TestASignalDuringOnceIsNoSuccess: what was not read used to pass for good.
func TestASignalDuringOnceIsNoSuccess(t *testing.T) {
	file, asked := silentFlow(t)
	command, stderr := program(t, "--config.file="+file, "--once")
	var stdout bytes.Buffer
	command.Stdout = &stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	_ = command.Process.Signal(syscall.SIGTERM)
	_ = command.Wait()
	if got := command.ProcessState.ExitCode(); got != exitFailed {
		t.Errorf("got exit code %d, want %d", got, exitFailed)
	}
	if !strings.Contains(stdout.String(), "inconclusive because of nas_vault (canceled)") || !strings.Contains(stderr.String(), "stopped by a signal") {
		t.Errorf("got %s and %s, want it to say so", &stdout, stderr)
	}
}

// TestSIGHUPAtTheStartIsHarmless: it ended in a panic.
func TestSIGHUPAtTheStartIsHarmless(t *testing.T) {
	home, err := homelab.Start(t.TempDir(), homelab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer home.Close()
	file := filepath.Join(t.TempDir(), "flow.yaml")
	if err := os.WriteFile(file, home.Config(), 0o600); err != nil {
		t.Fatal(err)
	}
	command, _ := program(t, "--config.file="+file, "--web.listen-address=127.0.0.1:0")
	command.Stderr = nil
	lines, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	address := ""
	for scanner := bufio.NewScanner(lines); address == "" && scanner.Scan(); {
		// From its first word on: before that, nobody can tell it from the runtime.
		_ = command.Process.Signal(syscall.SIGHUP)
		log.WriteString(scanner.Text() + "\n")
		if _, after, ok := strings.Cut(scanner.Text(), "address="); ok && strings.Contains(scanner.Text(), "Listening on") {
			address, _, _ = strings.Cut(after, " ")
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	if address == "" {
		t.Fatalf("it ended, saying %s", &log)
	}
	for range 50 {
		_ = command.Process.Signal(syscall.SIGHUP)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for ready := false; !ready; <-poll.C {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/-/ready", nil)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatalf("asking it after SIGHUP: %v", err)
		}
		_ = reply.Body.Close()
		ready = reply.StatusCode == http.StatusOK
	}
	_ = command.Process.Signal(syscall.SIGTERM)
	if err := command.Wait(); err != nil {
		t.Errorf("got %v, want it to end by its signal", err)
	}
}
