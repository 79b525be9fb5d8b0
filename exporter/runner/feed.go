package runner

import (
	"slices"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
)

// follow takes in what a check said of what the Secret is made from, and returns
// whether that changes the pairs, and which are compared no more. What could not be
// learned changes nothing: a store that does not answer points where it did.
func (s *state) follow(said *hop.ExternalState) (changed bool, apart []flow.Pair) {
	if said != nil && said.Source != nil && *said.Source != s.source {
		s.source, s.proven = *said.Source, false
	}
	feed := s.source.Feed
	if s.source.Alias && !s.equalsAlias() {
		feed = flow.Feed{Known: true}
	}
	if feed == s.feed {
		return false, nil
	}
	before := s.pairs
	s.feed, s.pairs, s.ways = feed, flow.Pairs(s.order, feed), flow.Ways(s.order, feed)
	return true, slices.DeleteFunc(before, func(p flow.Pair) bool { return slices.Contains(s.pairs, p) })
}

// equalsAlias reports whether the Secret was seen to hold the copy of a Vault that
// its store has another name for. Two Vaults that only look the same do not hold
// one token; the same one does, and from then on a copy that differs stays behind.
func (s *state) equalsAlias() bool {
	from, to := s.hops[s.source.Copy], s.hops[flow.K8sSecret]
	if from != nil && to != nil {
		known, same := s.compare(flow.Pair{From: s.source.Copy, To: flow.K8sSecret})
		s.proven = s.proven || known && same
	}
	return s.proven
}
