package localfile

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config/configtest"
)

// TestWrongFiles: each is refused in words that hold what to do.
func TestWrongFiles(t *testing.T) {
	for _, w := range configtest.WrongFiles(t) {
		t.Run(w.Name, func(t *testing.T) {
			for name, do := range map[string]func() error{
				"check": func() error { return Check(w.Path) },
				"read":  func() error { _, err := Read(w.Path, 64); return err },
			} {
				err := configtest.InTime(t, do)
				var refused *Refused
				if !errors.As(err, &refused) || !strings.Contains(Cause(err), w.Says) || refused.TooLarge != (w.Name == "4 GiB") {
					t.Errorf("%s: got %v, want %s", name, err, w.Says)
				}
			}
		})
	}
}

// TestWhatHasChangedMeanwhile: what Open has looked at may be another thing when it
// is opened. The system itself refuses to open a socket.
func TestWhatHasChangedMeanwhile(t *testing.T) {
	for _, w := range configtest.WrongFiles(t) {
		if w.Name == "4 GiB" || w.Name == "a socket" || w.Name == "a terminal" {
			continue
		}
		t.Run(w.Name, func(t *testing.T) {
			err := configtest.InTime(t, func() error { _, err := open(w.Path); return err })
			if err == nil || !strings.Contains(Cause(err), w.Says) {
				t.Errorf("got %v, want %s", err, w.Says)
			}
		})
	}
}

// TestMountedFiles: Kubernetes mounts links to links, and the kernel's files have
// no size.
func TestMountedFiles(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "..2026"), 0o700),
		os.WriteFile(filepath.Join(dir, "..2026", "token"), []byte("content"), 0o600),
		os.Symlink("..2026", filepath.Join(dir, "..data")),
		os.Symlink("..data/token", filepath.Join(dir, "token")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "token")
	got, err := Read(path, 7)
	if err != nil || string(got) != "content" || Check(path) != nil {
		t.Errorf("got %q and %v, want the content", got, err)
	}
	if got, err := Read("/proc/self/status", MaxBytes); err != nil || len(got) == 0 {
		t.Errorf("got %d bytes and %v of what the kernel makes up, want some", len(got), err)
	}
}

// TestReadTakesWhatFits: to the byte, through every growth of the buffer.
func TestReadTakesWhatFits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, size := range []int{0, 1, firstBytes - 1, firstBytes, firstBytes + 1, 5*firstBytes + 3} {
		content := bytes.Repeat([]byte("x"), size)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(path, int64(size)); err != nil || !bytes.Equal(got, content) {
			t.Errorf("got %d bytes and %v, want all %d", len(got), err, size)
		}
		var refused *Refused
		if _, err := Read(path, int64(size)-1); size > 0 && (!errors.As(err, &refused) || !refused.TooLarge) {
			t.Errorf("got %v of %d bytes, want too many", err, size)
		}
	}
}

// TestCauses: why a file cannot be opened is said without its name.
func TestCauses(t *testing.T) {
	if got := Cause(Check(filepath.Join(t.TempDir(), "nowhere"))); got != "the file does not exist" {
		t.Errorf("got %q", got)
	}
	if got := Cause(syscall.EACCES); got != "the file may not be read" {
		t.Errorf("got %q", got)
	}
	if got := Cause(syscall.EIO); got != "the file cannot be read" {
		t.Errorf("got %q", got)
	}
}

// TestAPipeIsReadToItsEnd: as a shell's <(…) gives it, whose writer may come later.
func TestAPipeIsReadToItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(path, []byte("flows: []\n"), 0o600) }()
	got, err := ReadStream(t.Context(), path, MaxBytes)
	if err != nil || string(got) != "flows: []\n" {
		t.Errorf("got %q and %v, want what was written", got, err)
	}
}

// TestAPipeWithoutAWriterIsGivenUp: no signal ended a program that waited for one.
func TestAPipeWithoutAWriterIsGivenUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ReadStream(ctx, path, MaxBytes)
	if err == nil || !strings.Contains(Cause(err), "stopped while waiting") {
		t.Errorf("got %v, want it to say that it was stopped", err)
	}
	if writer, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil { // lets go what was left behind
		_ = writer.Close()
	}
}

// TestAStreamHasAnEnd: /dev/zero has none.
func TestAStreamHasAnEnd(t *testing.T) {
	_, err := ReadStream(t.Context(), "/dev/zero", MaxBytes)
	var refused *Refused
	if !errors.As(err, &refused) || !refused.TooLarge {
		t.Errorf("got %v, want too many bytes", err)
	}
}
