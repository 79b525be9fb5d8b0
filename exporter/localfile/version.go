package localfile

import (
	"io/fs"
	"os"
	"time"
)

// coarsest is the coarsest clock of a file system: of two changes within one of
// its ticks the second leaves the time as it was.
const coarsest = 2 * time.Second

// Version is how a file looked when it was about to be read. The zero Version is
// that of no file.
type Version struct {
	path string
	info fs.FileInfo
}

// VersionOf looks at a file. Call it before the file is read, or a change between
// the two is never seen. Of a file that changed just now it is no version: it may
// change again and look the same.
func VersionOf(path string) Version {
	info, err := os.Stat(path)
	if err != nil || time.Since(info.ModTime()) < coarsest {
		return Version{}
	}
	return Version{path: path, info: info}
}

// Current reports whether the file is the one that it was, and was not written to.
func (v Version) Current() bool {
	if v.info == nil {
		return false
	}
	now, err := os.Stat(v.path)
	return err == nil && os.SameFile(now, v.info) && now.Size() == v.info.Size() && now.ModTime().Equal(v.info.ModTime())
}
