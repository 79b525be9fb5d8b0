//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/undo"
	"homelab.io/vault-health-exporter/e2e/drill"
)

// drills are those that are being played; nil before they have begun.
var drills *drill.Playing

// TestDrillsBegin begins to play every fault that the lab has, in lanes. What comes
// until TestDrills is played meanwhile, on the shipped flow alone; what disturbs
// the servers of all flows comes after it, in files that are later by name.
func TestDrillsBegin(t *testing.T) { beginDrills(t) }

// TestRotationStateMachineBegins has it begin: what comes until
// TestRotationStateMachineOnTheNASVault goes on meanwhile, and makes no root token
// without saying whose it is.
func TestRotationStateMachineBegins(t *testing.T) { beginMachine(t) }

func beginDrills(t *testing.T) {
	t.Helper()
	if drills != nil {
		return
	}
	journal, err := undo.Open(filepath.Join("results", "undo.jsonl"))
	must(t, err)
	log, err := os.Create(filepath.Join("results", "drills.log"))
	must(t, err)
	began := time.Now()
	say := func(format string, args ...any) {
		fmt.Fprintf(log, "%6.1fs  "+format+"\n", append([]any{time.Since(began).Seconds()}, args...)...)
	}
	faults := chaos.Lab()
	drill.Shuffle(faults, uint64(seed(t)))
	drills, err = drill.Begin(context.WithoutCancel(t.Context()), drill.Engine{Lab: home, Journal: journal, Say: say, Pager: true}, faults)
	must(t, err)
}
