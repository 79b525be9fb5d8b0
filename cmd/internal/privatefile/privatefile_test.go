package privatefile

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// killed is the environment variable that makes this test the writer of the
// file that it names, which is then killed.
const killed = "PRIVATEFILE_KILLED"

func TestMain(m *testing.M) {
	path := os.Getenv(killed)
	if path == "" {
		os.Exit(m.Run())
	}
	f, err := create(path, os.Getenv(killed+"_NAMED") != "")
	if err == nil {
		_, err = f.WriteString("new, and not comp")
	}
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.WriteString("written\n")
	select {}
}

// create is Create, on a file system of either kind.
func create(path string, named bool) (*File, error) {
	f, err := Create(path)
	if err != nil || !named || f.named {
		return f, err
	}
	_ = f.File.Close()
	return f, f.openNamed()
}

func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = string(content)
	}
	return found
}

// TestKilledWriterLeavesNothing kills a writer in the middle: the old file is
// whole, and after the next writer there is nothing but the new one.
func TestKilledWriterLeavesNothing(t *testing.T) {
	for name, env := range map[string]string{"no name before it is complete": "", "a partial name": killed + "_NAMED=1"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "token")
			if err := Write(path, []byte("old")); err != nil {
				t.Fatal(err)
			}
			writer := exec.CommandContext(t.Context(), os.Args[0])
			writer.Env = append(os.Environ(), killed+"="+path, env)
			out, err := writer.StdoutPipe()
			if err == nil {
				err = writer.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			if line, _ := bufio.NewReader(out).ReadString('\n'); line != "written\n" {
				t.Fatalf("got %q from the writer", line)
			}
			_ = writer.Process.Kill()
			_ = writer.Wait()
			left := files(t, dir)
			if env != "" {
				delete(left, "token"+Partial)
			}
			if diff := cmp.Diff(map[string]string{"token": "old"}, left); diff != "" {
				t.Errorf("after the kill (-want +got):\n%s", diff)
			}
			if err := Write(path, []byte("new")); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"token": "new"}, files(t, dir)); diff != "" {
				t.Errorf("after the next writer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCommitOrNothing is for either kind of file system, and for a file that is
// new, replaces one, or finds what an older writer left.
func TestCommitOrNothing(t *testing.T) {
	for _, named := range []bool{false, true} {
		for _, before := range []map[string]string{{}, {"x": "old"}, {"x" + Partial: "left"}, {"x": "old", "x" + Partial: "left"}} {
			dir := t.TempDir()
			for name, content := range before {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(dir, "x")
			for _, commit := range []bool{false, true} {
				f, err := create(path, named)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = f.WriteString("new")
				want := map[string]string{"x": "new"}
				if commit {
					err = f.Commit()
				} else if want = map[string]string{}; before["x"] != "" {
					want["x"] = "old"
				}
				f.Close()
				if diff := cmp.Diff(want, files(t, dir)); diff != "" || err != nil {
					t.Errorf("named %v, commit %v, before %q: %v (-want +got):\n%s", named, commit, before, err, diff)
				}
			}
			if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
				t.Errorf("got mode %v, want 0600", info.Mode())
			}
		}
	}
}

// TestModeBeforeContent holds whatever the umask is.
func TestModeBeforeContent(t *testing.T) {
	for _, mask := range []int{0, 0o777} {
		func() {
			defer syscall.Umask(syscall.Umask(mask))
			f, err := Create(filepath.Join(t.TempDir(), "x"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if info, err := f.Stat(); err != nil || info.Mode() != 0o600 {
				t.Errorf("umask %o: got mode %v, want 0600", mask, info.Mode())
			}
		}()
	}
}

// TestOnlyRegularFiles leaves links, folders and pipes as they are, and what a
// link points to.
func TestOnlyRegularFiles(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.WriteFile(at("victim"), []byte("old"), 0o600), os.Symlink("victim", at("link")), os.Symlink("nowhere", at("dangling")),
		os.Mkdir(at("folder"), 0o700), syscall.Mkfifo(at("pipe"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"link": "got a link", "dangling": "got a link", "folder": "got a folder", "pipe": "got a device, pipe or socket",
		"none/x": "its folder does not exist; make it", "victim/x": "what should be its folder is none",
		strings.Repeat("x", 300): "its name is too long",
	} {
		err := Write(at(name), []byte("new"))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) || reason.Of(err) != reason.Config {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	if content, err := os.ReadFile(at("victim")); err != nil || string(content) != "old" {
		t.Errorf("got %q, %v in what the link points to", content, err)
	}
}

// TestPreparedLinkIsNotFollowed puts a link where a partial file would be.
func TestPreparedLinkIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, "x")
	for _, err := range []error{os.WriteFile(victim, []byte("old"), 0o666), os.WriteFile(path, nil, 0o600), os.Symlink(victim, path+Partial)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, named := range []bool{false, true} {
		f, err := create(path, named)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.WriteString("new")
		if err := f.Commit(); err != nil {
			t.Error(err)
		}
		f.Close()
		if diff := cmp.Diff(map[string]string{"x": "new", "victim": "old"}, files(t, dir)); diff != "" {
			t.Errorf("named %v (-want +got):\n%s", named, diff)
		}
	}
}

// TestWritersAtTheSameTime leave one whole file.
func TestWritersAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	content := strings.Repeat("whole", 1000)
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 20 {
				if err := Write(filepath.Join(dir, "x"), []byte(content)); err != nil && reason.Of(err) != reason.Config {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if diff := cmp.Diff(map[string]string{"x": content}, files(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDiskFullIsNotTheProgram: what the disk refuses is the disk's fault.
func TestDiskFullIsNotTheProgram(t *testing.T) {
	for errno, want := range map[syscall.Errno]string{
		syscall.ENOSPC: "no space left on the disk", syscall.EDQUOT: "no space left in the quota", syscall.EROFS: "the disk is read-only",
		syscall.EIO: "the disk fails", syscall.EFBIG: "file too large",
	} {
		err := failure("/backup/x", &os.PathError{Op: "write", Path: "/backup/x", Err: errno})
		if reason.Of(err) != reason.Disk || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "/backup/x") {
			t.Errorf("%v: got %v, want %q and %q", errno, err, want, reason.Disk)
		}
	}
}
