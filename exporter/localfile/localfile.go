// Package localfile reads the files that a person names: in a configuration, on
// the command line, in the environment. Whatever a name leads to, reading it
// comes to an end: nothing waits for a pipe, reads a device that never ends, or
// takes a file of gigabytes into memory.
package localfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// MaxBytes is what a file may have that has no smaller cap of its own, in bytes.
// What Kubernetes mounts, Secrets and ConfigMaps, never has more.
const MaxBytes = 1 << 20

// Refused says what was found in the place of a file that can be read. Its words
// hold nothing of what is in the file, nor its name.
type Refused struct {
	words string
	// TooLarge says that it is a regular file with more in it than is read.
	TooLarge bool
}

// Error implements error.
func (r *Refused) Error() string { return r.words }

func tooLarge(limit int64) error {
	return &Refused{words: fmt.Sprintf("got more than %d bytes, want at most as many; is it the right file?", limit), TooLarge: true}
}

func refuse(words string) error { return &Refused{words: words} }

// Open opens a regular file, or a link to one, as Kubernetes mounts them, for
// reading. It returns at once whatever is there.
func Open(path string) (*os.File, error) {
	// Looked at before it is opened, because that does things: it lets go on who
	// waits at the other end of a pipe, and it starts a watchdog.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := regular(info.Mode()); err != nil {
		return nil, err
	}
	return open(path)
}

// open looks at what it has opened: since Open looked, it may have become another
// thing, which it does not wait for.
func open(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		err = regular(info.Mode())
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// regular refuses what is no regular file, with what to do about it.
func regular(mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return refuse("it is a folder, want a regular file; a mount makes a folder where its source is missing")
	case mode&fs.ModeNamedPipe != 0:
		return refuse("it is a pipe, want a regular file; write what comes out of it into one")
	case mode&fs.ModeSocket != 0:
		return refuse("it is a socket, want a regular file")
	case mode&fs.ModeDevice != 0:
		return refuse("it is a device, want a regular file")
	}
	return refuse("it is no regular file, want one")
}

// Check fails unless the file could be read now: a regular one of at most
// MaxBytes.
func Check(path string) error {
	file, err := Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.Size() > MaxBytes {
		err = tooLarge(MaxBytes)
	}
	return err
}

// Read reads a regular file whole, if it has at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, limit)
}

// firstBytes is the size of the first buffer; most of what is read fits.
const firstBytes = 8 << 10

// readAll reads to the end, which comes within limit bytes. It trusts no size
// that the system tells, which is 0 for what the kernel makes up, and overwrites
// the buffers that it has outgrown: a secret may be in them.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	buf := make([]byte, min(firstBytes, limit+1))
	n := 0
	for {
		read, err := r.Read(buf[n:])
		n += read
		switch {
		case int64(n) > limit:
			clear(buf)
			return nil, tooLarge(limit)
		case errors.Is(err, io.EOF):
			return buf[:n], nil
		case err != nil:
			clear(buf)
			return nil, err
		case n == len(buf):
			larger := make([]byte, min(int64(2*n), limit+1))
			copy(larger, buf)
			clear(buf)
			buf = larger
		}
	}
}

// Cause says why a file could not be read, without its name and without a word
// of the system's, for behind the name of the key or the file.
func Cause(err error) string {
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		return refused.words
	case errors.Is(err, fs.ErrNotExist):
		return "the file does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "the file may not be read"
	}
	return "the file cannot be read"
}
