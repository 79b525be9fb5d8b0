//go:build e2e

package e2e

import (
	"context"
	"path/filepath"
	"testing"

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

func beginDrills(t *testing.T) {
	t.Helper()
	if drills != nil {
		return
	}
	journal, err := undo.Open(filepath.Join("results", "undo.jsonl"))
	must(t, err)
	faults := chaos.Lab()
	drill.Shuffle(faults, uint64(seed(t)))
	drills, err = drill.Begin(context.WithoutCancel(t.Context()), drill.Engine{Lab: home, Journal: journal, Say: func(string, ...any) {}, Pager: true}, faults)
	must(t, err)
}
