package metrics

import (
	"slices"
	"sync"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// The values of closed sets, in the order of their series.
var (
	results = slices.Sorted(slices.Values(flow.Results()))
	reasons = func() (all []reason.Reason) {
		for _, e := range reason.Catalogue() {
			all = append(all, e.Reason)
		}
		slices.Sort(all)
		return all
	}()
)

// indexOf is the place of a reason among all. One that is in no set is a mistake
// of this program.
func indexOf(r reason.Reason) int {
	i, known := slices.BinarySearch(reasons, r)
	if !known {
		i, _ = slices.BinarySearch(reasons, reason.Internal)
	}
	return i
}

// foreseenAt says for each reason whether a check of h can fail for it, in a flow of
// opaque values or of tokens.
func foreseenAt(h flow.Hop, opaque bool) []bool {
	foreseen := ofTokens
	if opaque {
		foreseen = ofOpaque
	}
	if known, ok := foreseen()[h]; ok {
		return known
	}
	return make([]bool, len(reasons))
}

var ofTokens, ofOpaque = foreseeing(flow.Reasons), foreseeing(flow.OpaqueReasons)

func foreseeing(of func(flow.Hop) []reason.Reason) func() map[flow.Hop][]bool {
	return sync.OnceValue(func() map[flow.Hop][]bool {
		byHop := map[flow.Hop][]bool{}
		for _, e := range flow.Entries() {
			byHop[e.Hop] = make([]bool, len(reasons))
			for _, r := range of(e.Hop) {
				byHop[e.Hop][indexOf(r)] = true
			}
		}
		return byHop
	})
}
