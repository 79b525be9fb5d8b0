package localfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// published is the link by which Kubernetes changes all files of a mounted
// ConfigMap or Secret at once; the names that a person sees lead through it.
const published = "..data"

// Entry is one file of a folder.
type Entry struct {
	// Path is what a person calls it, and Content where its content is to be read.
	Path, Content string
}

// IsFolder reports whether path is a folder, or a link to one.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Entries lists the files of a folder whose names have one of the endings, by
// name; hidden ones are left out. A folder with more names than limit is refused.
// What Kubernetes changes meanwhile is not read half old and half new: all of it
// is of one version, and missing once that is gone.
func Entries(path string, limit int, endings ...string) ([]Entry, error) {
	names, err := list(path, limit)
	if err != nil {
		return nil, err
	}
	version, versionErr := filepath.EvalSymlinks(filepath.Join(path, published))
	var entries []Entry
	for _, name := range names {
		if strings.HasPrefix(name, ".") || !slices.Contains(endings, filepath.Ext(name)) {
			continue
		}
		entry := Entry{Path: filepath.Join(path, name)}
		entry.Content = entry.Path
		link, err := os.Readlink(entry.Path)
		if in, ok := strings.CutPrefix(link, published+"/"); ok && err == nil && versionErr == nil {
			entry.Content = filepath.Join(version, in)
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

func list(path string, limit int) ([]string, error) {
	folder, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NONBLOCK, 0) // a folder and nothing else
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	names, err := folder.Readdirnames(limit + 1)
	if len(names) > limit {
		return nil, &Refused{words: fmt.Sprintf("got more than %d files in the folder, want at most as many; is it the right folder?", limit), TooLarge: true}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	slices.Sort(names)
	return names, nil
}
