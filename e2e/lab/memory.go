package lab

import (
	"context"
	"fmt"
	"strings"
)

// memoryFolder is where the exporter's memory is put together in the K3s container:
// not on a file system in memory, out of which the engine copies nothing.
const memoryFolder = "/lab/memory"

// readMemory copies what a process has written to: only the node's root may.
const readMemory = `set -e; umask 077; mkdir -p "$1"; pid=$(pgrep -o -x vault-health-ex)
grep " rw" /proc/$pid/maps | while read -r range rest; do
  case $rest in *"[vvar]"*|*"[vdso]"*) continue;; esac
  first=$((0x${range%-*} / 4096)) last=$((0x${range#*-} / 4096))
  dd if=/proc/$pid/mem bs=4096 skip=$first count=$((last - first)) 2>/dev/null || true
done >"$1/exporter.mem"`

// ExporterMemory writes what the exporter's process holds in its memory into a
// folder, to be looked through for what should not be there. It does hold tokens,
// so nobody but the owner may read it.
func (l *Lab) ExporterMemory(ctx context.Context, folder string) error {
	ran, err := l.engine.exec(ctx, l.k3s, "", "sh", "-c", readMemory, "sh", memoryFolder)
	if err == nil && ran.code != 0 {
		err = fmt.Errorf("got exit code %d: %s", ran.code, strings.TrimSpace(ran.stderr))
	}
	if err == nil {
		err = l.fetch(ctx, memoryFolder, folder)
	}
	if err != nil {
		return fmt.Errorf("reading the exporter's memory: %w", err)
	}
	return nil
}
