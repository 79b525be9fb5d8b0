package upstream

import (
	"context"
	"strconv"
	"strings"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// writeScript replaces the file $1 by the $2 bytes of its standard input, whole
// or not at all. It counts them, because a connection that is cut in the middle
// ends the input as if it were complete; and it does not wait for the input's
// end, which proxies between here and the engine do not pass on reliably.
//
// In a folder that everybody may write to, a name can be prepared: as a link, or
// as a file that somebody holds open. So the folder must be ours or root's and,
// unless it is sticky, closed to others; and mktemp makes a file that nobody has,
// for its owner alone. What a killed script left is removed by the next one.
const writeScript = `set -e
umask 077
cd "$(dirname "$1")"
name=$(basename "$1")
set -- "$name" "$2" $(ls -lnd .)
case $3 in
????????w[!tT]*) echo 'folder open to others' >&2; exit 1 ;;
esac
[ "$5" = 0 ] || [ "$5" = "$(id -u)" ] || { echo 'folder of another user' >&2; exit 1; }
[ ! -d "$name" ] || { echo 'a folder is in the way' >&2; exit 1; }
rm -f ".$name.new-"*
new=$(mktemp ".$name.new-XXXXXX")
trap 'rm -f "$new"' EXIT
head -c "$2" >"$new"
[ "$(wc -c <"$new")" -eq "$2" ]
sync "$new"
mv -f "$new" "$name"`

// WriteToken replaces the token file in the container. The token travels on
// the command's standard input, so it is in no list of processes.
func (c Docker) WriteToken(ctx context.Context, cfg config.Docker, t token.Token) error {
	content := append([]byte(t.Reveal()), '\n')
	defer clear(content)
	write := upstream.Command{
		Container: cfg.Container,
		User:      cfg.User,
		Args:      []string{"sh", "-c", writeScript, "sh", cfg.TokenFile, strconv.Itoa(len(content))},
		Input:     content,
	}
	return c.Exec(ctx, opDockerWrite, write, func(out upstream.ExecOutput) error {
		switch {
		case out.Running:
			return reason.Errorf(reason.Truncated, "got the end of the output before the end of the command")
		case out.ExitCode != 0:
			return reason.Errorf(writeReason(string(out.Stderr)), "got exit code %d, want 0", out.ExitCode)
		}
		return nil
	})
}

// writeReason tells why the script failed by its own words, which it drops.
func writeReason(said string) reason.Reason {
	switch {
	case strings.Contains(said, "Permission denied"), strings.Contains(said, "Read-only file system"),
		strings.Contains(said, "folder o"):
		return reason.FilePermission
	case strings.Contains(said, "No such file or directory"), strings.Contains(said, "nonexistent directory"):
		return reason.FileMissing
	}
	return reason.ExecFailed
}
