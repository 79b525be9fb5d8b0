// Package snapshot backs the NAS Vault up: a snapshot of its raft storage,
// written whole, verified, and only the newest kept.
package snapshot

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/cmd/internal/privatefile"
	"homelab.io/vault-health-exporter/cmd/token-broker/settings"
	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// limit bounds one snapshot.
const limit = 10 * time.Minute

// The names of snapshots sort by time.
const (
	prefix     = "nas-vault-"
	suffix     = ".snap"
	timeFormat = "20060102T150405Z"
)

// Take takes one snapshot and returns its path.
func Take(ctx context.Context, s *settings.Settings, log step.Log) (string, error) {
	dir := s.Snapshot.Dir
	if err := removePartial(dir); err != nil {
		return "", err
	}
	taken := time.Now().UTC().Truncate(time.Second)
	path := filepath.Join(dir, prefix+taken.Format(timeFormat)+suffix)
	if err := write(ctx, s, log, path); err != nil {
		return "", err
	}
	if k := s.Main.Kubernetes; k != nil {
		if err := publishTime(ctx, *k, s.Snapshot.ConfigMap, taken, log); err != nil {
			return "", err
		}
	}
	if err := keepNewest(dir, filepath.Base(path), s.Snapshot.Keep, log); err != nil {
		return "", err
	}
	return path, nil
}

// write takes the snapshot and gives it its name once it is verified.
func write(ctx context.Context, s *settings.Settings, log step.Log, path string) error {
	file, err := privatefile.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	err = log.NASVault(ctx, "take snapshot", limit, *s.NAS.Vault, func(ctx context.Context, client upstream.Vault) error {
		return client.Snapshot(ctx, file)
	})
	if err != nil {
		return err
	}
	return log.Do(ctx, "verify snapshot", limit, func(ctx context.Context, _ *upstream.Trace) error {
		if _, err := file.Seek(0, 0); err != nil {
			return reason.From(err, "reading the snapshot %q", path)
		}
		if err := verify(ctx, file); err != nil {
			return reason.From(err, "verifying the snapshot %q", path)
		}
		return file.Commit()
	})
}

// keepNewest removes all but the newest snapshots, of which made is one. Files of
// other names are somebody else's, and those of a later time are left alone: a
// clock was wrong, and which of them is the newest cannot be said.
func keepNewest(dir, made string, keep int, log step.Log) error {
	names, err := list(dir, suffix)
	if err != nil {
		return err
	}
	newest := slices.Index(names, made)
	for _, name := range names[newest+1:] {
		log.Warn("snapshot of a later time is left alone; look at the clock", "file", name)
	}
	for _, name := range names[:max(0, newest+1-keep)] {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return reason.From(err, "removing the old snapshot %q", filepath.Join(dir, name))
		}
		log.Info("old snapshot removed", "file", name)
	}
	return nil
}

// removePartial removes what interrupted runs left behind.
func removePartial(dir string) error {
	names, err := list(dir, suffix+privatefile.Partial)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return reason.From(err, "removing the partial snapshot %q", filepath.Join(dir, name))
		}
	}
	return nil
}

// list returns the names of this package's files that end so, oldest first.
func list(dir, ending string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the directory %q", dir)
	}
	var names []string
	for _, e := range entries {
		stamp, ok := strings.CutPrefix(e.Name(), prefix)
		stamp, ends := strings.CutSuffix(stamp, ending)
		if _, err := time.Parse(timeFormat, stamp); ok && ends && err == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}
