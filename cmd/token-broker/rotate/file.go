package rotate

import (
	"context"
	"fmt"
	"os"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// writeFile replaces the token file, where there is one.
func (r rotation) writeFile(ctx context.Context, t token.Token) error {
	docker, local := r.NAS.Docker, r.Rotate.TokenFile
	if docker == nil && local == "" {
		return nil
	}
	return r.log.Do(ctx, "write token file", step.VaultLimit, func(ctx context.Context, trace *upstream.Trace) error {
		if docker == nil {
			return replaceFile(local, t)
		}
		client, err := upstream.OpenDocker(*docker, trace)
		if err != nil {
			return err
		}
		defer client.Close()
		if err := client.Inspect(ctx, docker.Container); err != nil {
			return err
		}
		return client.WriteToken(ctx, *docker, t)
	})
}

// replaceFile replaces path by a file that only its owner may read, whole or
// not at all. The file that it writes first always has the same name, so that
// an interrupted run leaves no token behind that the next one does not remove.
func replaceFile(path string, t token.Token) error {
	fresh := path + ".new"
	defer os.Remove(fresh)
	err := writeDurably(fresh, t)
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		return reason.Errorf(reason.FilePermission, "writing the token file %q: its directory or disk refuses", path)
	}
	return nil
}

func writeDurably(path string, t token.Token) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, t.Reveal())
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
