package flow

import (
	"slices"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// explains reports whether cause makes effect a mere consequence: it stands in
// one of the relations to it, and its trouble can lead to such an effect.
func (r Readings) explains(cause, effect finding) bool {
	if cause.hop == effect.hop || cause.trouble == own || effect.trouble == own {
		return false
	}
	e := r.Feed.lookup(effect.hop)
	if effect.hop == MainVault {
		return slices.Contains(e.DependsOn, cause.hop) && keepsSealed(cause, effect) || leavesUnreviewed(cause, effect)
	}
	if slices.Contains(e.Asks, cause.hop) && cause.reason == effect.reason {
		return true
	}
	for _, c := range consequences {
		if c.cause == cause.trouble && c.effect == effect.trouble && r.related(c.by, cause.hop, e) {
			return true
		}
	}
	return false
}

// keepsSealed: the main Vault does not talk to the NAS to answer a request; it
// only cannot unseal itself without the NAS Vault's transit key.
func keepsSealed(cause, effect finding) bool {
	return effect.reason == reason.Sealed && cause.trouble != refused && (cause.trouble == unanswered || cause.hop == Transit)
}

// leavesUnreviewed: the main Vault has every login reviewed by the Kubernetes
// API, and refuses all of them while that does not answer it.
func leavesUnreviewed(cause, effect finding) bool {
	return slices.Contains(onCluster, cause.hop) && cause.trouble == unanswered && effect.trouble == refused
}

func (r Readings) related(by relation, cause Hop, effect Entry) bool {
	switch by {
	case asks:
		return slices.Contains(effect.Asks, cause)
	case works:
		return slices.Contains(effect.DependsOn, cause)
	case fed:
		return slices.Contains(r.sources(effect, func(e Entry) bool { return r.checks(e.Hop) }), cause)
	case source:
		return slices.Contains(r.sources(effect, r.copy), cause)
	case copied:
		return slices.Contains(r.sources(effect, func(e Entry) bool { return r.copy(e) || e.Verifies }), cause)
	case proves:
		return cause == Token && effect.Verifies && r.upToDate(effect.Hop) && r.upToDate(K8sSecret)
	case follows:
		return r.Feed.leads(cause, effect.Hop) && !r.upToDate(cause)
	}
	return false
}

// sources returns the nearest hops that the value at e comes through and at
// which to stop.
func (r Readings) sources(e Entry, stop func(Entry) bool) []Hop {
	var found []Hop
	for _, need := range e.Needs {
		n := r.Feed.lookup(need)
		if stop(n) {
			found = append(found, need)
			continue
		}
		found = append(found, r.sources(n, stop)...)
	}
	return found
}

// copy reports whether e is one of the flow's copies of the token.
func (r Readings) copy(e Entry) bool { return e.HoldsToken && r.checks(e.Hop) }

// checks reports whether the flow has the hop.
func (r Readings) checks(h Hop) bool {
	_, ok := r.Checked[h]
	return ok
}

// upToDate reports whether the copy that h is or carries is known to be what it
// is made from.
func (r Readings) upToDate(h Hop) bool {
	return slices.ContainsFunc(r.Synced, func(p Pair) bool {
		e, _ := Lookup(p.To)
		return p.To == h || e.MovedBy == h
	})
}
