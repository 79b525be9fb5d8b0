package config

import (
	"os"
	"path/filepath"
	"strings"
)

// fence is around what a ConfigMap's flow may use of the pod. Whoever may write a
// ConfigMap could name any file there as a credential, and a server of their own to
// have it sent to.
type fence struct {
	// folder has what is lent to them: files for all, and folders with those of the
	// one flow that has the folder's name. Empty lends nothing.
	folder string
	flow   string
}

// refuses says why a path is not lent to the flow, "" where it is.
func (f *fence) refuses(path string) string {
	if f.folder == "" {
		return "got a file, want none: discovery.files_dir lends no files to the flows of ConfigMaps"
	}
	folder := filepath.Clean(f.folder)
	below, ok := strings.CutPrefix(path, folder+"/")
	if !ok || filepath.Clean(path) != path {
		return "got a file elsewhere, want one below discovery.files_dir, by its plain path: no other is lent to the flows of ConfigMaps"
	}
	if owner, _, owned := strings.Cut(below, "/"); owned && owner != f.flow {
		return "got a file in a folder of discovery.files_dir that is not this flow's, want one in the folder with its name, or in none"
	}
	if !within(path, folder) {
		return "got a link that leads out of discovery.files_dir, or nowhere, want a file below it"
	}
	return ""
}

// within reports whether what is there of a path below folder is in that, links
// followed: a mounted Secret is links. What is not there may come later; a link to
// where nothing is may lead elsewhere then, and nobody would look again.
func within(path, folder string) bool {
	for path != folder {
		if _, err := os.Lstat(path); err == nil {
			break
		}
		path = filepath.Dir(path)
	}
	if path == folder {
		return true
	}
	to, err := filepath.EvalSymlinks(path)
	root, rootErr := filepath.EvalSymlinks(folder)
	return err == nil && rootErr == nil && strings.HasPrefix(to, root+"/")
}

// lent checks that a path may be used by the flow that it stands in.
func (c *Checker) lent(path string, at Place) bool {
	if c.fence == nil {
		return true
	}
	why := c.fence.refuses(path)
	if why != "" {
		c.Problem(at, "%s", why)
	}
	return why == ""
}
