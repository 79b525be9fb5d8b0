//go:build e2e

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/undo"
	"homelab.io/vault-health-exporter/e2e/drill"
)

// wantedUses is how often the application at least has to have used its token,
// for none of them refused to mean something.
const wantedUses = 10_000

// TestDrills plays every fault that the lab has, and what is none: each is named,
// exactly and in time, and is gone when it is undone. An application uses its
// token all the while. The file is late by name, since what the drills do to the
// lab's history is seen for minutes.
func TestDrills(t *testing.T) {
	must(t, os.MkdirAll("results", 0o700))
	journal, err := undo.Open(filepath.Join(t.TempDir(), "undo.jsonl"))
	must(t, err)
	traffic, err := drill.StartTraffic(context.WithoutCancel(t.Context()), home)
	must(t, err)
	engine := &drill.Engine{Lab: home, Journal: journal, Say: func(string, ...any) {}, Traffic: traffic}
	t.Cleanup(func() { must(t, journal.Close()) })

	var results []drill.Result
	for _, f := range chaos.Lab() {
		r, err := engine.Play(t.Context(), f)
		results = append(results, r)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			break
		}
		t.Logf("%s: %s", f.Name, r)
		if r.Failed() {
			t.Errorf("%s: %q, false pages %q", f.Name, r.Problems, r.Pages)
		}
	}
	var report strings.Builder
	must(t, drill.Report(&report, results))
	t.Logf("%d drills:\n%s", len(results), report.String())

	outside, inside, failed := traffic.Stop()
	t.Logf("an application used its token %d times outside of the faults that it may notice, %d of them failed; %d times inside", outside, len(failed), inside)
	for _, one := range failed {
		t.Error(one)
	}
	if outside < wantedUses {
		t.Errorf("got %d uses of the token, want at least %d", outside, wantedUses)
	}
	must(t, home.RestartConsumer(t.Context())) // its token was rotated
}
