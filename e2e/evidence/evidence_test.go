package evidence_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/e2e/evidence"
)

func record() evidence.Record {
	return evidence.Record{
		Schema: evidence.Schema, Suite: "drills", Tree: "abc", Seed: 7,
		Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Ended: time.Date(2026, 1, 2, 3, 9, 5, 0, time.UTC),
		Rows: []evidence.Row{
			{Check: "faults", Name: "seal", Result: evidence.Verified},
			{Check: "faults", Name: "nas-down", Result: evidence.Failed, Why: `got blame "", want "nas_vault connection_refused"`},
			{Check: "other", Name: "seal", Result: evidence.NotRun, Digest: "1"},
		},
		Values: []evidence.Value{{Name: "detect_max", Value: 2.5, Unit: "seconds"}},
		Files:  []string{"e2e/results/report.html"},
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	if got, err := evidence.Read(folder); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v of a folder that is not there, want nothing", got, err)
	}
	want := record()
	if err := want.Write(folder); err != nil {
		t.Fatal(err)
	}
	got, err := evidence.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]evidence.Record{"drills": want}, got); diff != "" {
		t.Error(diff)
	}
	if rows := got["drills"].Of("faults"); len(rows) != 2 {
		t.Errorf("got %d rows of one check, want 2", len(rows))
	}
	if v, ok := got["drills"].Value("detect_max"); !ok || v.Value != 2.5 {
		t.Errorf("got %v, %t", v, ok)
	}
}

// TestWhatIsNoEvidenceIsRefused holds that nothing is passed over that might
// have been a failure.
func TestWhatIsNoEvidenceIsRefused(t *testing.T) {
	for want, content := range map[string]string{
		"unexpected EOF":                     `{"schema":1,"suite":"drills"`,
		"want 1":                             `{"schema":2,"suite":"drills"}`,
		`got the suite "other"`:              `{"schema":1,"suite":"other"}`,
		`unknown field "rowz"`:               `{"schema":1,"suite":"drills","rowz":[]}`,
		`row "seal" of check "faults": got `: `{"schema":1,"suite":"drills","rows":[{"check":"faults","name":"seal","result":"passed"}]}`,
	} {
		folder := t.TempDir()
		if err := os.WriteFile(evidence.Path(folder, "drills"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := evidence.Read(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q in it", content, err, want)
		}
	}
}

// TestTreeDigest holds that a change of any source is another tree, and that
// what git ignores is none.
func TestTreeDigest(t *testing.T) {
	root := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	digest := func() string {
		t.Helper()
		got, err := evidence.TreeDigest(t.Context(), root)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if _, err := evidence.TreeDigest(t.Context(), root); err == nil {
		t.Error("got a digest of what is no checkout")
	}
	initialise(t, root)
	write(".gitignore", "built\n")
	write("a.go", "package a\n")
	first := digest()
	write("built", "anything")
	if digest() != first {
		t.Error("got another tree after a file was written that git ignores")
	}
	seen := map[string]string{first: "at first"}
	for _, change := range []struct {
		name string
		make func()
	}{
		{"another content", func() { write("a.go", "package b\n") }},
		{"a new file", func() { write("b.go", "") }},
		{"another name", func() { _ = os.Rename(filepath.Join(root, "b.go"), filepath.Join(root, "c.go")) }},
		{"executable", func() { _ = os.Chmod(filepath.Join(root, "a.go"), 0o700) }},
	} {
		change.make()
		now := digest()
		if before, known := seen[now]; known {
			t.Errorf("%s: got the tree that it was %s", change.name, before)
		}
		seen[now] = "after " + change.name
	}
}

func initialise(t *testing.T, root string) {
	t.Helper()
	if out, err := exec.Command("git", "-C", root, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestUnknownUntilFinished holds that an older record does not stand for a suite
// that was begun again, nor a tree for another one that it became meanwhile.
func TestUnknownUntilFinished(t *testing.T) {
	root := t.TempDir()
	initialise(t, root)
	if err := os.WriteFile(filepath.Join(root, ".gitignore"), []byte("/.build/\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(root, evidence.Folder)
	read := func() map[string]evidence.Record {
		t.Helper()
		got, err := evidence.Read(folder)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for range 2 { // the first time there is nothing to forget
		began, err := evidence.Begin(t.Context(), root, "drills")
		if err != nil {
			t.Fatal(err)
		}
		if got := read(); len(got) != 0 {
			t.Errorf("got %v of a suite that has begun, want nothing", got)
		}
		if err := began.Finish(t.Context(), root); err != nil {
			t.Fatal(err)
		}
		if got := read()["drills"].Tree; got != began.Tree {
			t.Errorf("got the tree %q, want %q", got, began.Tree)
		}
	}
	began, err := evidence.Begin(t.Context(), root, "drills")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "new.go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := began.Finish(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	if got := read()["drills"].Tree; got != evidence.Changed {
		t.Errorf("got the tree %q of one that was changed meanwhile, want %q", got, evidence.Changed)
	}
}
