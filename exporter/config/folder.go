package config

import (
	"errors"
	"fmt"

	"homelab.io/vault-health-exporter/exporter/localfile"
)

// What a folder of files may have. A file a flow is one layout of thousands.
const (
	maxFiles       = 10_000
	maxFolderBytes = 16 << 20
)

// source is one file of a configuration.
type source struct {
	path string
	read func(limit int64) ([]byte, error)
}

// sources are the files that path names: itself, or those in it, by name.
func sources(path string, read reader) ([]source, error) {
	if !localfile.IsFolder(path) {
		return []source{{path, func(limit int64) ([]byte, error) { return read(path, limit) }}}, nil
	}
	entries, err := localfile.Entries(path, maxFiles, ".yaml", ".yml")
	if err != nil {
		return nil, fmt.Errorf("reading the folder: %s", localfile.Cause(err))
	}
	if len(entries) == 0 {
		return nil, errors.New("reading the folder: got no file *.yaml or *.yml in it, want at least one")
	}
	files := make([]source, len(entries))
	for i, entry := range entries {
		files[i] = source{entry.Path, func(limit int64) ([]byte, error) { return localfile.Read(entry.Content, limit) }}
	}
	return files, nil
}
