package upstream

import (
	"context"
	"strconv"
	"strings"

	docker "github.com/moby/moby/client"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// writeScript replaces the file $1 by the $2 bytes of its standard input, whole
// or not at all. It counts them, because a connection that is cut in the middle
// ends the input as if it were complete; and it does not wait for the input's
// end, which proxies between here and the engine do not pass on reliably.
const writeScript = `set -e
umask 077
trap 'rm -f "$1.new"' EXIT
head -c "$2" >"$1.new"
[ $(wc -c <"$1.new") -eq "$2" ]
chmod 600 "$1.new"
sync
mv -f "$1.new" "$1"`

// WriteToken replaces the token file in the container. The token travels on
// the command's standard input, so it is in no list of processes.
func (c *Docker) WriteToken(ctx context.Context, cfg config.Docker, t token.Token) error {
	content := append([]byte(t.Reveal()), '\n')
	defer clear(content)
	return c.request(ctx, OpDockerWrite, func(ctx context.Context) error {
		created, err := c.api.ExecCreate(ctx, cfg.Container, docker.ExecCreateOptions{
			User:         cfg.User,
			Cmd:          []string{"sh", "-c", writeScript, "sh", cfg.TokenFile, strconv.Itoa(len(content))},
			AttachStdin:  true,
			AttachStdout: true,
			AttachStderr: true,
		})
		if err != nil {
			return err
		}
		out, err := c.attach(ctx, created.ID, content)
		if err != nil {
			return err
		}
		state, err := c.api.ExecInspect(ctx, created.ID, docker.ExecInspectOptions{})
		switch {
		case err != nil:
			return err
		case state.Running:
			return reason.Errorf(reason.Truncated, "got the end of the output before the end of the command")
		case state.ExitCode != 0:
			return reason.Errorf(writeReason(string(out.stderr)), "got exit code %d, want 0", state.ExitCode)
		}
		return nil
	})
}

// writeReason tells why the script failed by its own words, which it drops.
func writeReason(said string) reason.Reason {
	switch {
	case strings.Contains(said, "Permission denied"), strings.Contains(said, "Read-only file system"):
		return reason.FilePermission
	case strings.Contains(said, "No such file or directory"), strings.Contains(said, "nonexistent directory"):
		return reason.FileMissing
	}
	return reason.ExecFailed
}
