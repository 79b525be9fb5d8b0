package metrics

import (
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// Sync records the comparison of two copies.
func (f *Flow) Sync(p flow.Pair, known, same bool) {
	f.set(catalogue.InSync, known, boolean(same), string(p.From), string(p.To))
}

// Feed records what the Secret that applications read is made from.
func (f *Flow) Feed(feed flow.Feed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.facts.forget(catalogue.ExternalSource)
	f.facts.set(catalogue.ExternalSource, 1, feed.String())
}

// FirstSeen records when the value that a hop holds appeared there.
func (f *Flow) FirstSeen(h flow.Hop, at time.Time) {
	f.set(catalogue.FirstSeen, true, catalogue.Unix(at), string(h))
}

// TokenReplaced records that applications get another token than the one that
// was looked up last: when that one ends says nothing about this one.
func (f *Flow) TokenReplaced() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, metric := range []string{catalogue.TokenValid, catalogue.TokenRoot, catalogue.TokenExpiry} {
		f.facts.forget(metric)
	}
}

// Fallback records whether a tier would serve a working token; known is false
// where that cannot be told.
func (f *Flow) Fallback(tier string, known, usable bool) {
	f.set(catalogue.FallbackUsable, known, boolean(usable), tier)
}

// Snapshot records when the newest raft snapshot was taken.
func (f *Flow) Snapshot(known bool, at time.Time) {
	f.set(catalogue.SnapshotTimestamp, known, catalogue.Unix(at))
}

// Features records the rollout flags, and forgets those that are not in enabled.
func (f *Flow) Features(enabled map[string]bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.facts.forget(catalogue.FeatureEnabled)
	for feature, on := range enabled {
		f.facts.set(catalogue.FeatureEnabled, boolean(on), feature)
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
