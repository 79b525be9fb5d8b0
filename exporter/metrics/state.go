package metrics

import (
	"math"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
)

// VaultState is what a Vault says of itself.
type VaultState struct {
	Initialized, Sealed, Standby bool
	ClockSkew                    *time.Duration // nil where it said no time
}

// NASVault records whether the NAS Vault is up, nil where the exporter could
// not look, and what it says of itself, nil where it did not answer.
func (f *Flow) NASVault(up *bool, state *VaultState) {
	f.set(nasVaultUp, up != nil, boolean(up != nil && *up))
	answered := state != nil
	if !answered {
		state = &VaultState{}
	}
	f.set(nasVaultInitialized, answered, boolean(state.Initialized))
	f.set(nasVaultSealed, answered, boolean(state.Sealed))
	f.set(nasVaultStandby, answered, boolean(state.Standby))
	var skew time.Duration
	if state.ClockSkew != nil {
		skew = *state.ClockSkew
	}
	f.set(nasVaultClockSkew, state.ClockSkew != nil, skew.Seconds())
}

// Vault records the version and the identity of the Vault called vault, "nas" or
// "main"; an identity of 0 is not known and leaves the last one.
func (f *Flow) Vault(vault, version string, identity uint64) {
	if identity != 0 {
		f.set(vaultIdentity, true, float64(identity), vault)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.facts.forget(vaultInfo, vault)
	f.facts.set(vaultInfo, 1, vault, version)
}

// Sync records the comparison of two copies.
func (f *Flow) Sync(p flow.Pair, known, same bool) {
	f.set(inSync, known, boolean(same), string(p.From), string(p.To))
}

// FirstSeen records when the value that a hop holds appeared there.
func (f *Flow) FirstSeen(h flow.Hop, at time.Time) {
	f.set(firstSeen, true, unix(at), string(h))
}

// TokenRefused records that the NAS Vault refuses the applications' token.
func (f *Flow) TokenRefused() { f.set(tokenValid, true, 0, string(flow.Token)) }

// TokenUnknown records that the NAS Vault could not be asked about the
// applications' token. When it ends is still known from before.
func (f *Flow) TokenUnknown() { f.set(tokenValid, false, 0, string(flow.Token)) }

// TokenReplaced records that applications get another token than the one that
// was looked up last: when that one ends says nothing about this one.
func (f *Flow) TokenReplaced() {
	f.TokenUnknown()
	f.set(tokenRoot, false, 0)
	f.set(tokenExpiry, false, 0, string(flow.Token))
}

// TokenAccepted records what the NAS Vault says of the applications' token;
// end is zero without a time to live.
func (f *Flow) TokenAccepted(root bool, end time.Time) {
	f.set(tokenValid, true, 1, string(flow.Token))
	f.set(tokenRoot, true, boolean(root))
	f.set(tokenExpiry, true, expiry(end), string(flow.Token))
}

// RotationOpen records when the oldest rotation that has not ended began; zero is none.
func (f *Flow) RotationOpen(began time.Time) {
	f.set(rotationOpen, !began.IsZero(), unix(began))
}

// KVVersion records the version of the copy at a hop.
func (f *Flow) KVVersion(h flow.Hop, version int) {
	f.set(kvVersion, true, float64(version), string(h))
}

// Broker records when the broker last succeeded; zero is never.
func (f *Flow) Broker(lastSuccess time.Time) {
	f.set(brokerLastSuccess, !lastSuccess.IsZero(), unix(lastSuccess))
}

// External records the ExternalSecret's state; known is false while it cannot be read.
func (f *Flow) External(known, ready bool, refreshed time.Time) {
	f.set(externalReady, known, boolean(ready))
	f.set(externalRefresh, known && !refreshed.IsZero(), unix(refreshed))
}

// Certificate records when the certificate of an endpoint ends.
func (f *Flow) Certificate(endpoint string, end time.Time) {
	f.set(certificateExpiry, true, unix(end), endpoint)
}

// Fallback records whether a tier would serve a working token; known is false
// where that cannot be told.
func (f *Flow) Fallback(tier string, known, usable bool) {
	f.set(fallbackUsable, known, boolean(usable), tier)
}

// Snapshot records when the newest raft snapshot was taken.
func (f *Flow) Snapshot(known bool, at time.Time) { f.set(snapshotTimestamp, known, unix(at)) }

// Features records the rollout flags, and forgets those that are not in enabled.
func (f *Flow) Features(enabled map[string]bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.facts.forget(featureEnabled)
	for feature, on := range enabled {
		f.facts.set(featureEnabled, boolean(on), feature)
	}
}

// set sets a gauge of the flow, or deletes it where known is false.
func (f *Flow) set(metric string, known bool, value float64, labels ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !known {
		f.facts.forget(metric, labels...)
		return
	}
	f.facts.set(metric, value, labels...)
}

// expiry is the time at which something ends; +Inf for what has no end.
func expiry(t time.Time) float64 {
	if t.IsZero() {
		return math.Inf(1)
	}
	return unix(t)
}
