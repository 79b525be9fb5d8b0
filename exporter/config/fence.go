package config

import (
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
	// A mounted Secret is links, which stay within its folder.
	to, err := filepath.EvalSymlinks(path)
	root, rootErr := filepath.EvalSymlinks(folder)
	if err == nil && (rootErr != nil || !strings.HasPrefix(to, root+"/")) {
		return "got a link that leads out of discovery.files_dir, want a file below it"
	}
	return ""
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
