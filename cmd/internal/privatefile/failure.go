package privatefile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// failures are why a file cannot be written, whose fault that is, and what a
// person does about it.
var failures = []struct {
	is     error
	reason reason.Reason
	says   string
}{
	{syscall.ENOSPC, reason.Disk, "no space left on the disk; make room there"},
	{syscall.EDQUOT, reason.Disk, "no space left in the quota; make room there or raise it"},
	{syscall.EROFS, reason.Disk, "the disk is read-only; mount it to be written to, or name another place"},
	{syscall.EIO, reason.Disk, "the disk fails; read the kernel's log"},
	{syscall.ENOTDIR, reason.Config, "what should be its folder is none; name another place"},
	{syscall.ENAMETOOLONG, reason.Config, "its name is too long"},
	{fs.ErrNotExist, reason.Config, "its folder does not exist; make it"},
	{fs.ErrPermission, reason.Config, "its folder may not be read or written to; give this user the right, or name another place"},
	{fs.ErrExist, reason.Config, "what is in the way under its name and " + Partial + " cannot be removed; remove it"},
	{errOther, reason.Config, "another process writes it at the same time; let one of them do it"},
}

// failure gives what the operating system said a reason.
func failure(path string, err error) error {
	for _, f := range failures {
		if errors.Is(err, f.is) {
			return reason.Errorf(f.reason, "writing %q: %s", path, f.says)
		}
	}
	var said syscall.Errno // a constant text of Go's own
	if errors.As(err, &said) {
		return reason.Errorf(reason.Disk, "writing %q: %v", path, said)
	}
	return reason.Errorf(reason.Disk, "writing %q: the disk refuses", path)
}

func notRegular(path string, mode os.FileMode) error {
	what := "a device, pipe or socket"
	switch {
	case mode&fs.ModeSymlink != 0:
		what = "a link, which would be replaced"
	case mode.IsDir():
		what = "a folder"
	}
	return reason.Errorf(reason.Config, "writing %q: got %s, want a regular file or nothing there; name the file itself", path, what)
}

// syncFolder makes a name durable. Some network file systems cannot, and do so
// by themselves.
func syncFolder(folder *os.File) error {
	err := folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
