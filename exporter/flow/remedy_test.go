package flow

import (
	"slices"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestRemediesAreReached: a row behind another that takes all it is for would
// never be read.
func TestRemediesAreReached(t *testing.T) {
	reached := map[string]bool{}
	for _, e := range entries {
		for _, r := range reason.Catalogue() {
			reached[Remedy(e.Hop, r.Reason, All())] = true
			reached[Remedy(e.Hop, r.Reason, fewest(e.Hop))] = true
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
			if Remedy(e.Hop, r.Reason, All()) != "" {
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

// fewest is the smallest flow that has the hop.
func fewest(h Hop) []Hop {
	needs := map[Hop][]Hop{NASKV: {NASVault}, Token: {NASVault, K8sSecret}, PKI: {NASVault}, Transit: {NASVault}, MainKV: {MainVault}}
	return append(needs[h], h)
}

// TestNoRemedyIsOfAnotherFlow: a hop that fails alone has a remedy for all that it
// has one for beside the others, and none sends a person to what is not there.
func TestNoRemedyIsOfAnotherFlow(t *testing.T) {
	for _, e := range entries {
		there := fewest(e.Hop)
		for _, r := range reason.Catalogue() {
			if isConcluded(e.Hop, r.Reason) {
				continue // from what another hop holds
			}
			alone := Remedy(e.Hop, r.Reason, there)
			if (alone == "") != (Remedy(e.Hop, r.Reason, All()) == "") {
				t.Errorf("%s %s: got the remedy %q where nothing else is there", e.Hop, r.Reason, alone)
			}
			for _, n := range named {
				if strings.Contains(alone, n.words) && !slices.Contains(there, n.hop) {
					t.Errorf("%s %s: got %q, which names %s", e.Hop, r.Reason, alone, n.hop)
				}
			}
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
