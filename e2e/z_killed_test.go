//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/undo"
	"homelab.io/vault-health-exporter/e2e/drill"
)

// kills is how often the harness is killed.
const kills = 15

// killBound is for one drill, and for one recovery.
const killBound = slack * time.Minute

// TestTheHarnessIsKilled kills the command that plays a fault, with SIGKILL, in
// every phase of a drill: each time its command recover brings the lab back.
func TestTheHarnessIsKilled(t *testing.T) {
	gate := filepath.Join(t.TempDir(), "quality-gate")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", gate, "../cmd/quality-gate").CombinedOutput()
	if err != nil {
		t.Fatalf("building: %v: %s", err, out)
	}
	path := filepath.Join(t.TempDir(), "undo.jsonl")
	journal := "--journal=" + path
	chosen := seed(t)
	random := rand.New(rand.NewPCG(uint64(chosen), 0))
	faults, phases := chaos.Lab(), drill.Phases()
	for kill := range kills {
		fault, phase := faults[random.IntN(len(faults))], phases[kill%len(phases)]
		after := time.Duration(0)
		if phase == drill.PhaseInject || phase == drill.PhaseUndo {
			after = time.Duration(random.IntN(700)) * time.Millisecond
		}
		killIn(t, gate, journal, fault.Name, phase, after)
		left := noted(t, path)
		if want := phase != drill.PhaseBefore && phase != drill.PhaseHealthy; left != want && phase != drill.PhaseUndo { // which may have ended
			t.Errorf("%s killed in %q: got it noted %t, want %t", fault.Name, phase, left, want)
		}
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), killBound)
		out, err := exec.CommandContext(ctx, gate, "recover", journal).CombinedOutput()
		cancel()
		if err != nil {
			t.Fatalf("SEED=%d: %s killed %s after the begin of %q: recover: %v: %s", chosen, fault.Name, after, phase, err, out)
		}
		if undone := strings.Contains(string(out), "undoing "+fault.Name); undone != left || noted(t, path) {
			t.Errorf("%s killed in %q: undone %t, want %t, and nothing noted after", fault.Name, phase, undone, left)
		}
		recovers(t)
		t.Logf("%-20s killed %4dms into %-8s left behind %-5t recovered in %.1fs", fault.Name, after.Milliseconds(), phase, left, time.Since(began).Seconds())
	}
	must(t, home.RestartConsumer(t.Context())) // its token may have been rotated
}

// noted says whether a journal knows of something that is not undone.
func noted(t *testing.T, path string) bool {
	t.Helper()
	journal, err := undo.Open(path)
	must(t, err)
	left := len(journal.Left()) > 0
	must(t, journal.Close())
	return left
}

// killIn plays a fault and kills who plays it in a phase.
func killIn(t *testing.T, gate, journal, fault string, phase drill.Phase, after time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), killBound)
	defer cancel()
	arguments := []string{"run", journal, "--only=" + fault}
	if after == 0 { // exactly there
		arguments = append(arguments, "--hold="+string(phase))
	}
	play := exec.CommandContext(ctx, gate, arguments...)
	play.Stderr = os.Stderr
	said, err := play.StdoutPipe()
	must(t, err)
	must(t, play.Start())
	lines := bufio.NewScanner(said)
	reached := false
	for !reached && lines.Scan() {
		reached = strings.HasSuffix(lines.Text(), fmt.Sprintf(": %s: %s", fault, phase))
	}
	if !reached {
		t.Fatalf("%s never came to %q: %v", fault, phase, play.Wait())
	}
	time.Sleep(after)
	must(t, play.Process.Kill())
	_ = play.Wait() // that it was killed
}
