//go:build !race

package alerts_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/chaos"
)

// perProcess reports whether a series is the exporter's own and of no flow.
func perProcess(s series) bool { return !strings.Contains(s.name, "flow=") }

// loadReplica writes the series of one of two replicas: its flows have a timeline
// of their own, in which it stands by when the series are gone.
func loadReplica(instance string, own, flows []moment, f fault) string {
	var text strings.Builder
	for _, s := range world() {
		timeline := flows
		if perProcess(s) {
			timeline = own
		}
		name := strings.Replace(target(s.name), "exporter:9845", instance, 1)
		text.WriteString("  " + name + " " + s.samples(timeline, f) + "\n")
	}
	return text.String()
}

// TestAStandbyRaisesNothing: not by having no series, nor when it takes over, nor
// when who led before leads again with counters that are lower than they were.
func TestAStandbyRaisesNothing(t *testing.T) {
	t.Parallel()
	const turn, gap = 20 * time.Minute, 2 * step
	own := span(healthy, 3*turn+2*gap)
	first := slices.Concat(span(healthy, turn), span(gone, gap+turn+gap), span(healthy, turn))
	second := slices.Concat(span(gone, turn+gap), span(healthy, turn), span(gone, gap+turn))
	text := "load " + step.String() + "\n" + loadReplica("a:9845", own, first, nil) + loadReplica("b:9845", own, second, nil)
	for at, alerts := range playSeries(t, text, len(own), 0) {
		for name := range alerts {
			if !slices.Contains(chaos.Standing(), name) {
				t.Errorf("at %s: got %s", time.Duration(at)*step, name)
			}
		}
	}
}

// toldTwice are the alerts that come once for each exporter, and why.
var toldTwice = map[string]string{
	"NASVaultUnavailable":                   "its expression is specified",
	"QNAPTokenRetrievalFailure":             "its expression is specified",
	"VaultHealthExporterDown":               "of the process",
	"VaultHealthExporterSchedulerLag":       "of the process",
	"VaultHealthExporterPanics":             "of the process",
	"VaultHealthExporterConfigReloadFailed": "of the process",
}

// TestWhatTwoLeadersTellTwice: while the API does not answer two may lead, and what
// both see is told once all the same.
func TestWhatTwoLeadersTellTwice(t *testing.T) {
	t.Parallel()
	byName, group := alertRules(t)
	twice := map[string]string{}
	for _, c := range alertCases {
		ill := c.delay + seconds(t, byName[c.alert].For) + 2*step
		timeline := slices.Concat(span(healthy, warmUp), span(broken, ill))
		text := load(recorded(), timeline, c.fault) + loadReplica("a:9845", timeline, timeline, c.fault) + loadReplica("b:9845", timeline, timeline, c.fault)
		active := len(playSeries(t, text, len(timeline), 0, group[c.alert])[len(timeline)-1][c.alert])
		switch once := max(1, c.count); {
		case active == 2*once:
			twice[c.alert] = toldTwice[c.alert]
		case active != once && c.alert != "VaultHealthExporterTwice": // which is of each flow then
			t.Errorf("%s: got it %d times, want %d", c.alert, active, once)
		}
	}
	delete(twice, "VaultHealthExporterTwice")
	if diff := cmp.Diff(toldTwice, twice); diff != "" {
		t.Errorf("what is told once for each exporter (-want +got):\n%s", diff)
	}
}
