package flow

import (
	"slices"
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestRemediesAreReached: a row behind another that takes all it is for would
// never be read.
func TestRemediesAreReached(t *testing.T) {
	reached := map[string]bool{}
	for _, e := range entries {
		for _, r := range reason.Catalogue() {
			reached[Remedy(e.Hop, r.Reason)] = true
		}
	}
	for _, row := range remedies {
		if !reached[row.first] {
			t.Errorf("no hop and reason reach the row %q", row.first)
		}
	}
}

// TestEveryReasonHasARemedy: wherever a request can fail on its way there is a
// remedy, and for every reason there is a hop that has one.
func TestEveryReasonHasARemedy(t *testing.T) {
	onTheWay := []reason.Group{reason.Network, reason.TLS, reason.Exporter}
	for _, r := range reason.Catalogue() {
		known := 0
		for _, e := range entries {
			if Remedy(e.Hop, r.Reason) != "" {
				known++
			}
		}
		if slices.Contains(onTheWay, r.Group) && known != len(entries) {
			t.Errorf("%s: %d of %d hops have a remedy", r.Reason, known, len(entries))
		}
		if known == 0 {
			t.Errorf("%s: no hop has a remedy", r.Reason)
		}
	}
}

func TestEveryHopSaysWhatIsLost(t *testing.T) {
	for _, e := range entries {
		if e.Loss == "" {
			t.Errorf("%s: want what does not work while it is broken", e.Hop)
		}
	}
}
