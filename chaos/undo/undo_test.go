package undo_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/chaos/undo"
)

func open(t *testing.T, path string) *undo.Journal {
	t.Helper()
	j, err := undo.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func begin(t *testing.T, j *undo.Journal, fault, target string) undo.Entry {
	t.Helper()
	e, err := j.Begin(fault, target)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func faults(j *undo.Journal) (names []string) {
	for _, e := range j.Left() {
		names = append(names, e.Fault)
	}
	return names
}

func TestWhatWasBegunAndNotDoneIsLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "journal")
	j := open(t, path)
	first := begin(t, j, "first", "lab")
	begin(t, j, "second", "lab")
	begin(t, j, "third", "lab")
	if err := j.Done(first); err != nil {
		t.Fatal(err)
	}
	if _, err := undo.Open(path); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("opening it twice: got error %v, want a refusal", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"third", "second"}, faults(open(t, path))); diff != "" {
		t.Errorf("what is left, last first (-want +got):\n%s", diff)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, error %v, want 0600", info.Mode(), err)
	}
}

// TestEveryLengthOfTheFile cuts the file at each byte, as a crash does.
func TestEveryLengthOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path)
	e := begin(t, j, "first", "lab")
	begin(t, j, "second", "lab")
	if err := j.Done(e); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for length := range len(whole) + 1 {
		torn := filepath.Join(t.TempDir(), "torn")
		if err := os.WriteFile(torn, whole[:length], 0o600); err != nil {
			t.Fatal(err)
		}
		want := [][]string{nil, {"first"}, {"second", "first"}, {"second"}}[strings.Count(string(whole[:length]), "\n")]
		again := open(t, torn)
		if diff := cmp.Diff(want, faults(again)); diff != "" {
			t.Fatalf("cut after %d bytes (-want +got):\n%s", length, diff)
		}
		begin(t, again, "next", "lab")
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]string{"next"}, want...), faults(open(t, torn))); diff != "" {
			t.Fatalf("cut after %d bytes, then written to (-want +got):\n%s", length, diff)
		}
	}
}

func TestAForeignFileIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes")
	for _, content := range []string{"my notes\n", "{}\n", "{\"fault\":\"x\"}\nmy notes\n{}\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := undo.Open(path); err == nil || !strings.Contains(err.Error(), "none of a journal") {
			t.Errorf("%q: got error %v, want a refusal", content, err)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != content {
			t.Errorf("got %q, error %v, want %q", left, err, content)
		}
	}
}

func TestRecover(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path)
	begin(t, j, "elsewhere", "another lab")
	begin(t, j, "works", "lab")
	begin(t, j, "fails", "lab/1")
	begin(t, j, "last", "lab")
	var did, said []string
	say := func(format string, args ...any) {
		words := strings.Fields(fmt.Sprintf(format, args...))
		said = append(said, words[0]+" "+strings.Trim(words[1], ":,"))
	}
	broken := true
	heal := func(ctx context.Context, e undo.Entry) error {
		did = append(did, e.Fault)
		if _, bounded := ctx.Deadline(); !bounded || ctx.Err() != nil {
			t.Errorf("%s: got a context bounded %t, error %v, want one of its own", e.Fault, bounded, ctx.Err())
		}
		if e.Fault == "fails" && broken {
			return errors.New("got it stuck")
		}
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := j.Recover(ctx, "lab", heal, say)
	if err == nil || err.Error() != `undoing "fails": got it stuck` {
		t.Errorf("got error %v, want only that of the one that fails", err)
	}
	broken = false
	if err := j.Recover(ctx, "lab", heal, say); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"last", "fails", "works", "fails"}, did); diff != "" {
		t.Errorf("undone (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"undoing last", "undoing fails", "undoing works", "dropping elsewhere", "undoing fails"}, said); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
	if left := j.Left(); len(left) != 0 {
		t.Errorf("got %v left, want nothing", left)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("got a journal of %d bytes, error %v, want an empty one", info.Size(), err)
	}
}
