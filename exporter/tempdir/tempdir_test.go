package tempdir_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/tempdir"
)

// asMaker has the test binary make a folder, print its path, and wait; with "child"
// what it starts waits, too, until its input ends.
const asMaker = "TEST_AS_MAKER"

func TestMain(m *testing.M) {
	how := os.Getenv(asMaker)
	if how == "" {
		os.Exit(m.Run())
	}
	if how == "waits" {
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	path, _, err := tempdir.Make("test")
	if err != nil {
		panic(err)
	}
	if how == "child" {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), asMaker+"=waits")
		child.Stdin = os.Stdin
		if err := child.Start(); err != nil {
			panic(err)
		}
	}
	fmt.Println(path)
	select {}
}

// killed starts a maker and kills it once it has its folder; done ends what it has
// started.
func killed(t *testing.T, how string) (path string, kill, done func()) {
	t.Helper()
	maker := exec.CommandContext(t.Context(), os.Args[0])
	maker.Env = append(os.Environ(), asMaker+"="+how)
	input, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	maker.Stdin = input
	output, err := maker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := maker.Start(); err != nil {
		t.Fatal(err)
	}
	_ = input.Close()
	t.Cleanup(func() { _ = theirs.Close() })
	lines := bufio.NewScanner(output)
	if !lines.Scan() {
		t.Fatal("it made no folder")
	}
	return lines.Text(), func() {
		_ = maker.Process.Kill()
		_ = maker.Wait()
	}, func() { _ = theirs.Close() }
}

func thereIs(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// makes makes a folder and ends its use.
func makes(t *testing.T) {
	t.Helper()
	path, remove, err := tempdir.Make("test")
	if err != nil {
		t.Fatal(err)
	}
	if !thereIs(path) {
		t.Errorf("got no folder at %q", path)
	}
	remove()
	if thereIs(path) {
		t.Errorf("removing %q: it is there", path)
	}
}

// TestTheNextOneRemovesWhatTheKilledLeft, and nothing that somebody uses.
func TestTheNextOneRemovesWhatTheKilledLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	path, kill, _ := killed(t, "alone")
	if err := os.WriteFile(filepath.Join(path, "file"), nil, 0o400); err != nil {
		t.Fatal(err)
	}
	makes(t)
	if !thereIs(path) {
		t.Fatal("got a folder removed that its maker uses")
	}
	kill()
	makes(t)
	if thereIs(path) {
		t.Errorf("got the folder of a killed maker left behind")
	}
}

// TestAFolderIsUsedByWhatItsMakerStarted: a killed tool leaves a server that still
// writes there.
func TestAFolderIsUsedByWhatItsMakerStarted(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	path, kill, done := killed(t, "child")
	kill()
	makes(t)
	if !thereIs(path) {
		t.Fatal("got a folder removed that is used")
	}
	done()
	for end := time.Now().Add(time.Minute); thereIs(path); time.Sleep(10 * time.Millisecond) {
		if makes(t); time.Now().After(end) {
			t.Fatal("got a folder left behind that nobody uses")
		}
	}
}

// TestInDoubtItIsLeft: another program's, one from before there were locks, a link,
// a file, and one that others may write to.
func TestInDoubtItIsLeft(t *testing.T) {
	at := t.TempDir()
	t.Setenv("TMPDIR", at)
	elsewhere := t.TempDir()
	var left []string
	for name, mode := range map[string]os.FileMode{"other-1.locked": 0o700, "test-1": 0o700, "tests-1.locked": 0o700, "test-2.locked": 0o755} {
		path := filepath.Join(at, name)
		if err := os.Mkdir(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		left = append(left, path)
	}
	if err := os.Symlink(elsewhere, filepath.Join(at, "test-3.locked")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at, "test-4.locked"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	left = append(left, elsewhere, filepath.Join(at, "test-3.locked"), filepath.Join(at, "test-4.locked"))
	makes(t)
	for _, path := range left {
		if !thereIs(path) {
			t.Errorf("got %q removed", path)
		}
	}
}

// TestManyAtOnceHaveAFolderEach: one that is just made is not locked yet.
func TestManyAtOnceHaveAFolderEach(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				path, remove, err := tempdir.Make("test")
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(path, "file"), nil, 0o600); err != nil {
					t.Error(err)
				}
				remove()
			}
		})
	}
	all.Wait()
}
