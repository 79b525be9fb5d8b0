package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tree is the sources with switches in them: an overlay, which leaves the files
// themselves alone.
type tree struct {
	root, dir string
	replace   map[string]string
	mutations []mutation
}

func newTree(root, dir string) (*tree, error) {
	t := &tree{root: root, dir: dir, replace: map[string]string{}}
	const caller, asks = "exporter/runner/judge.go", "verdict := flow.Judge(readings)"
	source, err := os.ReadFile(filepath.Join(root, caller))
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(source, []byte(asks)) {
		return nil, fmt.Errorf("looking for %q in %s: it is not there", asks, caller)
	}
	return t, errors.Join(
		t.put(caller, bytes.Replace(source, []byte(asks), []byte("reason.Judged(readings)\n\t"+asks), 1)),
		t.put("exporter/reason/mutation_switches.go", []byte(switches)),
	)
}

// put has the file of that name be what is given.
func (t *tree) put(name string, content []byte) error {
	path := filepath.Join(t.dir, strings.ReplaceAll(name, "/", "_"))
	t.replace[filepath.Join(t.root, name)] = path
	return os.WriteFile(path, content, 0o600)
}

// mutate puts switches into the Go files of these names, which may be folders'.
func (t *tree) mutate(visit visitor, names ...string) error {
	for _, pattern := range names {
		paths, err := filepath.Glob(filepath.Join(t.root, pattern))
		if err != nil || len(paths) == 0 {
			return fmt.Errorf("looking for %q: got no file", pattern)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			name, err := filepath.Rel(t.root, path)
			if err != nil {
				return err
			}
			r, err := rewrite(t.root, filepath.ToSlash(name), visit)
			if err != nil {
				return err
			}
			if len(r.made) == 0 {
				continue
			}
			t.mutations = append(t.mutations, r.made...)
			if err := t.put(r.name, r.result()); err != nil {
				return err
			}
		}
	}
	return nil
}

// overlay writes what go build reads.
func (t *tree) overlay() (path string, err error) {
	content, err := json.Marshal(map[string]any{"Replace": t.replace})
	if err != nil {
		return "", err
	}
	path = filepath.Join(t.dir, "overlay.json")
	return path, os.WriteFile(path, content, 0o600)
}
