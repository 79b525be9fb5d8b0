package flow

import (
	"slices"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// explains reports whether cause makes effect a mere consequence.
//
// There are two ways. A hop that calls a server fails with the connection, so
// a dead or sealed server explains a failed request. And a hop that works on
// another's output shows what went wrong there, so a missing or old value
// upstream explains one downstream, over any number of hops in between.
func explains(cause, effect finding) bool {
	if cause.hop == effect.hop || cause.reason.Group() == reason.Exporter || effect.reason.Group() == reason.Exporter {
		return false
	}
	return explainsCall(cause, effect) || explainsValue(cause, effect)
}

func explainsCall(cause, effect finding) bool {
	e, _ := Lookup(effect.hop)
	if !slices.Contains(e.Calls, cause.hop) {
		return false
	}
	if effect.hop == MainVault {
		// The main Vault does not talk to the NAS to answer a request; it only
		// cannot unseal itself without the NAS Vault's transit key.
		return effect.reason == reason.Sealed && (unreachable(cause.reason) || cause.hop == Transit)
	}
	// The hops that only read an object's status learn of a dead server late,
	// as an object that is not ready or too old.
	late := effect.reason.Group() == reason.Kubernetes || effect.reason == reason.Stale
	refused := cause.reason.Group() == reason.Access
	return unreachable(cause.reason) && unreachable(effect.reason) ||
		(unreachable(cause.reason) || refused) && late && statusOnly(effect.hop) ||
		cause.reason == effect.reason
}

func explainsValue(cause, effect finding) bool {
	return carriesValue(cause) && showsValue(effect) && upstream(cause.hop, effect.hop)
}

// unreachable reports whether the server as a whole did not serve.
func unreachable(r reason.Reason) bool {
	switch r.Group() {
	case reason.Network, reason.TLS, reason.Vault:
		return true
	}
	return r == reason.BreakerOpen || r == reason.RateLimited
}

func statusOnly(h Hop) bool { return h == Broker || h == ExternalSecret }

// carriesValue reports whether the cause leaves a wrong or old value behind:
// a bad copy, or a mover that does not move. A hop that merely could not be
// read says nothing about the value it holds.
func carriesValue(f finding) bool {
	switch f.reason.Group() {
	case reason.Value, reason.Credential:
		return true
	case reason.Kubernetes, reason.Access:
		return statusOnly(f.hop)
	}
	return false
}

// showsValue reports whether the effect is about the value at the hop rather
// than about reading it.
func showsValue(f finding) bool {
	switch f.reason.Group() {
	case reason.Value, reason.Credential, reason.Kubernetes:
		return true
	}
	return false
}

// upstream reports whether the value at h passed through u.
func upstream(u, h Hop) bool {
	e, _ := Lookup(h)
	return slices.ContainsFunc(e.Needs, func(need Hop) bool { return need == u || upstream(u, need) })
}

// serves reports whether h works only as long as u does, by value or by call.
func serves(u, h Hop) bool {
	e, _ := Lookup(h)
	return u == h || slices.ContainsFunc(append(slices.Clone(e.Needs), e.Calls...), func(next Hop) bool { return serves(u, next) })
}
