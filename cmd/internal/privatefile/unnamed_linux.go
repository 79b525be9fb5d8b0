package privatefile

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// openUnnamed opens a file without a name, which is gone with its last user.
func openUnnamed(folder string) (*os.File, error) {
	file, err := os.OpenFile(folder, unix.O_TMPFILE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(descriptor(file)); err != nil { // no /proc: it could not be given a name
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// link gives an unnamed file a name that nothing has.
func link(file *os.File, path string) error {
	err := unix.Linkat(unix.AT_FDCWD, descriptor(file), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return &os.LinkError{Op: "link", Old: descriptor(file), New: path, Err: err}
	}
	return nil
}

func descriptor(file *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", file.Fd()) }
