package upstream

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/reason"
)

const secret = "hvs.CANARYcanarycanarycanary\n"

// shells are those of the machine that the script may meet on a NAS.
func shells() (found [][]string) {
	for _, shell := range [][]string{{"dash"}, {"bash"}, {"busybox", "sh"}, {"sh"}} {
		if _, err := exec.LookPath(shell[0]); err == nil {
			found = append(found, shell)
		}
	}
	return found
}

// script runs the script as the user uid and returns its exit code and words.
func script(shell []string, uid uint32, path, input string) (int, string) {
	args := append(append([]string{}, shell[1:]...), "-c", writeScript, "sh", path, fmt.Sprint(len(secret)))
	command := exec.Command(shell[0], args...)
	command.Stdin = strings.NewReader(input)
	if uid != 0 {
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	var said bytes.Buffer
	command.Stderr = &said
	_ = command.Run()
	return command.ProcessState.ExitCode(), said.String()
}

// TestPreparedNamesAreNotFollowed: the root token once landed in a file that
// another user had put in the way.
func TestPreparedNamesAreNotFollowed(t *testing.T) {
	for _, shell := range shells() {
		for name, mode := range map[string]os.FileMode{"closed": 0o755, "of a group": 0o775, "sticky": 0o777 | os.ModeSticky, "open": 0o777} {
			t.Run(shell[0]+" "+name, func(t *testing.T) {
				dir := t.TempDir()
				share, path, mine := filepath.Join(dir, "share"), filepath.Join(dir, "share", "root-token.txt"), filepath.Join(dir, "mine")
				for _, err := range []error{
					os.Mkdir(share, 0o700), os.Chmod(share, mode), os.WriteFile(path, []byte("old\n"), 0o600), os.WriteFile(mine, nil, 0o666),
					os.Symlink(mine, path+".new"), os.WriteFile(filepath.Join(share, ".root-token.txt.new-killed"), []byte("left"), 0o600),
				} {
					if err != nil {
						t.Fatal(err)
					}
				}
				exit, said := script(shell, 0, path, secret)
				if name == "open" {
					if exit == 0 || writeReason(said) != reason.FilePermission {
						t.Errorf("got exit code %d and %q, want a refusal of the folder", exit, said)
					}
				} else if diff := cmp.Diff(map[string]string{"root-token.txt": secret, "root-token.txt.new": "link"}, listed(t, share)); diff != "" || exit != 0 {
					t.Errorf("got exit code %d, %q (-want +got):\n%s", exit, said, diff)
				}
				if content, err := os.ReadFile(mine); err != nil || len(content) > 0 {
					t.Errorf("got %d bytes in a file of another user's, %v", len(content), err)
				}
				if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
					t.Errorf("got mode %v, want 0600", info.Mode())
				}
			})
		}
	}
}

// TestFolderOfAnotherUser is refused, and one's own is not; it takes root to try.
func TestFolderOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("becoming two other users takes root")
	}
	for _, shell := range shells() {
		// Not in t.TempDir(), whose parents others cannot enter.
		dir, err := os.MkdirTemp("/tmp", "script")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		const alice, mallory = 64001, 64002
		for _, err := range []error{os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "s"), 0o755), os.Chown(filepath.Join(dir, "s"), alice, alice)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, "s", "token")
		for uid, want := range map[uint32]bool{alice: true, mallory: false, 0: false} {
			if exit, said := script(shell, uid, path, secret); (exit == 0) != want {
				t.Errorf("%s, uid %d: got exit code %d, %q, want success %v", shell[0], uid, exit, said, want)
			}
		}
	}
}

// TestHalfATokenLeavesTheOldOne is for a connection that is cut.
func TestHalfATokenLeavesTheOldOne(t *testing.T) {
	for _, shell := range shells() {
		dir := t.TempDir()
		path := filepath.Join(dir, "root token.txt")
		if err := os.WriteFile(path, []byte("old\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if exit, _ := script(shell, 0, path, secret[:10]); exit == 0 {
			t.Errorf("%s: got exit code 0 for half a token", shell[0])
		}
		if diff := cmp.Diff(map[string]string{"root token.txt": "old\n"}, listed(t, dir)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", shell[0], diff)
		}
	}
}

// listed returns the files of a folder; a link's content is "link".
func listed(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		if found[e.Name()] = "link"; e.Type().IsRegular() {
			content, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			found[e.Name()] = string(content)
		}
	}
	return found
}
