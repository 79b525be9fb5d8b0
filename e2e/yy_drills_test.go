//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// wantedUses is how often applications at least have to have used their token,
// for none of them refused to mean something.
const wantedUses = 10_000

// shownUses is how many of those that failed are shown.
const shownUses = 5

// TestDrills plays every fault that the lab has, and what is none: each is named,
// exactly and in time, and is gone when it is undone. Of those that the catalogue
// says so of, the pager is told, exactly of what names the fault, and then of its
// end, by the shipped rules and the shipped Alertmanager configuration on a shorter
// clock. Applications use their token all the while.
func TestDrills(t *testing.T) {
	record, err := evidence.Begin(t.Context(), repository, gate.SuiteDrills)
	must(t, err)
	beginDrills(t)
	results, used, err := drills.Wait(t.Context())
	if err == nil { // else nothing is known
		drilled(&record, results, used)
		must(t, record.Finish(t.Context(), repository))
	}
	var report strings.Builder
	must(t, drill.Report(&report, results))
	t.Logf("\n%s", report.String())
	t.Log(used)
	if used.Outside < wantedUses {
		t.Errorf("got %d uses of the token, want at least %d", used.Outside, wantedUses)
	}
	if want := len(chaos.Lab()); len(results) != want {
		t.Errorf("got %d drills, want %d", len(results), want)
	}
	if len(used.Failed) > 0 {
		t.Errorf("got %d refused uses of the token, the first of them:\n%s", len(used.Failed), strings.Join(used.Failed[:min(len(used.Failed), shownUses)], "\n"))
	}
	t.Log(drill.Summary(results)) // the failures last
	for _, r := range results {
		if r.Failed() {
			t.Fail()
		}
	}
	must(t, err)
}
