// Package tempdir makes temporary folders that a killed program does not leave
// behind for good: the next one of the same name removes them.
//
// Whose folder it is says a lock of the kernel's on it, which ends with the last
// process that holds it, however that ends. What a program starts holds it too.
package tempdir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ending is what the names of folders end with that are locked while they are used.
const ending = ".locked"

// attempts bounds how often a folder is made that another process takes for one that
// nobody uses, because it is not locked yet.
const attempts = 10

// Make makes an empty folder for its owner alone, where the machine has temporary
// ones, and removes those that nobody uses any more. The name is that of the program
// and of what the folder is for. remove ends the use of the folder.
func Make(name string) (path string, remove func(), err error) {
	sweep(name)
	for range attempts {
		path, err = os.MkdirTemp("", name+"-*"+ending)
		if err != nil {
			break
		}
		var lock *os.File
		if lock, err = hold(path); err == nil {
			return path, func() {
				_ = os.RemoveAll(path)
				_ = lock.Close()
			}, nil
		}
		_ = os.Remove(path)
	}
	return "", nil, fmt.Errorf("making a temporary folder %q: %w", name, err)
}

// sweep removes the folders of a name that nobody holds. What it cannot be sure of,
// or cannot remove, it leaves.
func sweep(name string) {
	entries, _ := os.ReadDir(os.TempDir())
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), name+"-") || !strings.HasSuffix(entry.Name(), ending) {
			continue
		}
		path := filepath.Join(os.TempDir(), entry.Name())
		if lock, err := hold(path); err == nil {
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
}

var errOther = errors.New("got what this program has not made")

// hold locks a folder that is there, is its user's alone, and is held by nobody.
func hold(path string) (*os.File, error) {
	// Without O_CLOEXEC, so that what is started holds it too.
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	folder := os.NewFile(uintptr(fd), path)
	if err := lock(folder); err != nil {
		_ = folder.Close()
		return nil, err
	}
	return folder, nil
}

func lock(folder *os.File) error {
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return err
	}
	opened, err := folder.Stat()
	if err != nil {
		return err
	}
	there, err := os.Lstat(folder.Name()) // it may have been removed before it was locked
	if err != nil {
		return err
	}
	owner, ok := opened.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) != os.Geteuid() || opened.Mode().Perm() != 0o700 || !os.SameFile(opened, there) {
		return errOther
	}
	return nil
}
