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
func DockerExec(cfg config.Docker) Check { return dockerExec(cfg, vaultToken) }

func dockerExec(cfg config.Docker, values form) Check {
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
			r.Token, err = parseExec(out, values.made)
			return err
		})
		return r, err
	}
}

// ParseExec judges the output of the `cat` that reads the token file. It tells
// a missing file from an unreadable one by cat's own words, which it drops.
func ParseExec(out upstream.ExecOutput) (token.Token, error) { return parseExec(out, token.Parse) }

func parseExec(out upstream.ExecOutput, parse parser) (token.Token, error) {
	switch {
	case out.Running:
		return token.Token{}, reason.Errorf(reason.Truncated, "got the end of the output before the end of the command")
	case out.ExitCode == 0:
		return parse(out.Stdout)
	}
	clear(out.Stdout)
	said := string(out.Stderr)
	says := func(words string) bool { return strings.Contains(said, words) }
	switch {
	case says("s a directory"): // Docker makes a folder where a mounted file is missing
		return token.Token{}, reason.Errorf(reason.FileMissing, "got a folder in the place of the file, and exit code %d", out.ExitCode)
	case says("No such file or directory"), says("Not a directory"):
		return token.Token{}, reason.Errorf(reason.FileMissing, "got exit code %d, want 0", out.ExitCode)
	case says("Permission denied"):
		return token.Token{}, reason.Errorf(reason.FilePermission, "got exit code %d, want 0", out.ExitCode)
	}
	return token.Token{}, reason.Errorf(reason.ExecFailed, "got exit code %d, want 0", out.ExitCode)
}
