package rotate

import (
	"context"

	"homelab.io/vault-health-exporter/cmd/internal/privatefile"
	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/token"
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

// replaceFile makes the token the only line of a file that only its owner may
// read.
func replaceFile(path string, t token.Token) error {
	content := append([]byte(t.Reveal()), '\n')
	defer clear(content)
	return privatefile.Write(path, content)
}
