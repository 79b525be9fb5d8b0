package hop

import (
	"context"
	"strings"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// DockerExec reads the token file through the Docker API, as the bootstrap
// does: container running, exec cat, exit code, parse.
func DockerExec(cfg config.Docker) Check {
	return func(ctx context.Context) (r Reading, err error) {
		client, err := upstream.OpenDocker(cfg, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		err = client.Inspect(ctx, cfg.Container)
		if err != nil {
			return r, err
		}
		cat := upstream.Command{Container: cfg.Container, User: cfg.User, Args: []string{"cat", cfg.TokenFile}}
		err = client.Exec(ctx, upstream.OpDockerExec, cat, func(out upstream.ExecOutput) error {
			r.Token, err = ParseExec(out)
			return err
		})
		return r, err
	}
}

// ParseExec judges the output of the `cat` that reads the token file. It tells
// a missing file from an unreadable one by cat's own words, which it drops.
func ParseExec(out upstream.ExecOutput) (token.Token, error) {
	switch {
	case out.Running:
		return token.Token{}, reason.Errorf(reason.Truncated, "got the end of the output before the end of the command")
	case out.ExitCode == 0:
		return token.Parse(out.Stdout)
	}
	clear(out.Stdout)
	said := string(out.Stderr)
	why := reason.ExecFailed
	switch {
	case strings.Contains(said, "No such file or directory"), strings.Contains(said, "Not a directory"):
		why = reason.FileMissing
	case strings.Contains(said, "Permission denied"):
		why = reason.FilePermission
	}
	return token.Token{}, reason.Errorf(why, "got exit code %d, want 0", out.ExitCode)
}
