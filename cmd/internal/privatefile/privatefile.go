// Package privatefile writes files that only their owner may read: whole or not
// at all, on the disk when it says so, and with nothing left behind by a writer
// that was killed.
//
// Where the file system can (Linux: ext4, xfs, btrfs, tmpfs, overlay), a file has
// no name before it is complete. Elsewhere it has the name PATH.partial, and the
// next writer of PATH removes what it finds there.
package privatefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Partial is what the name of an incomplete file ends with.
const Partial = ".partial"

// attempts bounds how often a writer gives way to another one of the same path.
const attempts = 10

// errOther says that another process writes the same path.
var errOther = errors.New("written by another process")

// File is a private file that is not yet under its name.
type File struct {
	*os.File
	path   string
	folder *os.File
	named  bool // as path + Partial
}

// Write makes content the file at path, for its owner alone. See Create.
func Write(path string, content []byte) error {
	file, err := Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(content); err != nil {
		return failure(path, err)
	}
	return file.Commit()
}

// Create begins a file that Commit puts at path. What is there must be a regular
// file or nothing: a link would be replaced, not followed, and whoever reads
// what it points to would keep the old content. Of a file with several names,
// the others keep the old content.
func Create(path string) (*File, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, notRegular(path, info.Mode())
	}
	// O_DIRECTORY: a pipe in the place of the folder would be waited for.
	folder, err := os.OpenFile(filepath.Dir(path), os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, failure(path, err)
	}
	f := &File{path: path, folder: folder}
	if err := f.open(); err != nil {
		_ = folder.Close()
		return nil, failure(path, err)
	}
	// The umask may have taken away what the owner needs.
	if err := f.Chmod(0o600); err != nil {
		f.Close()
		return nil, failure(path, err)
	}
	return f, nil
}

func (f *File) open() (err error) {
	if err := os.Remove(f.path + Partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if f.File, err = openUnnamed(filepath.Dir(f.path)); err == nil {
		return nil
	}
	return f.openNamed()
}

func (f *File) openNamed() (err error) {
	f.named = true
	f.File, err = os.OpenFile(f.path+Partial, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	return err
}

// Commit puts the file, which is complete, at its path, for good: it is on the
// disk, and so is its name.
func (f *File) Commit() error {
	err := f.Sync()
	if err == nil {
		err = f.place()
	}
	if err == nil {
		err = syncFolder(f.folder)
	}
	if err != nil {
		return failure(f.path, err)
	}
	f.named = false
	return nil
}

// Close ends the file; without a Commit before, nothing of it remains.
func (f *File) Close() {
	if f.named {
		_ = os.Remove(f.path + Partial)
	}
	_ = f.File.Close()
	_ = f.folder.Close()
}

func (f *File) place() error {
	if f.named {
		return f.rename()
	}
	// A link cannot replace a file, so an old one is replaced by renaming, and
	// for that moment the complete file has the name of a partial one.
	err := link(f.File, f.path)
	for range attempts {
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		_ = os.Remove(f.path + Partial)
		if err = link(f.File, f.path+Partial); err == nil {
			err = os.Rename(f.path+Partial, f.path)
		}
	}
	return err
}

// rename replaces the file at the path by this one, whose name another writer
// may have taken for a remnant.
func (f *File) rename() error {
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	there, err := os.Lstat(f.path + Partial)
	if err != nil || !os.SameFile(mine, there) {
		return errOther
	}
	return os.Rename(f.path+Partial, f.path)
}
