package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// demo starts a demo and returns it once its flow is there.
func demo(t *testing.T) *exec.Cmd {
	t.Helper()
	command, stderr := program(t, "demo", "--web.listen-address=127.0.0.1:0", "--control.listen-address=127.0.0.1:0")
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "control:") {
			return command
		}
	}
	_ = command.Wait()
	t.Fatalf("it ended, saying %s", stderr)
	return nil
}

// TestAKilledDemosFolderGoesWithTheNext: each one that was killed left its folder,
// with the keys of a CA, for good.
func TestAKilledDemosFolderGoesWithTheNext(t *testing.T) {
	at := t.TempDir()
	t.Setenv("TMPDIR", at)
	folders := func() int {
		entries, err := os.ReadDir(at)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	killed := demo(t)
	_ = killed.Process.Kill()
	_ = killed.Wait()
	next := demo(t)
	if got := folders(); got != 1 {
		t.Errorf("got %d folders, want that of the one that runs", got)
	}
	_ = next.Process.Signal(syscall.SIGTERM)
	if err := next.Wait(); err != nil {
		t.Errorf("got %v, want it to end by its signal", err)
	}
	if got := folders(); got != 0 {
		t.Errorf("got %d folders left behind", got)
	}
}
