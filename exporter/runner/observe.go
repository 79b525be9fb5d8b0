package runner

import (
	"time"

	"homelab.io/vault-health-exporter/exporter/hop"
)

// observed records a fact beside the hops; what was not learned is forgotten,
// never kept.
func (r *Runner) observed(observer hop.Observer, o Outcome) {
	defer o.destroy()
	if o.Err != nil {
		r.log.Debug("fact not learned", "fact", observer.Fact, "tier", observer.Tier, "error", o.Err, "reason", o.Reason, "trace_id", o.TraceID)
	}
	seen := o.seen
	switch observer.Fact {
	case hop.FactSnapshot:
		if seen.Snapshot == nil {
			seen.Snapshot = &time.Time{}
		}
		r.record.Snapshot(!seen.Snapshot.IsZero(), *seen.Snapshot)
	case hop.FactFeatures:
		r.record.Features(seen.Features)
	case hop.FactFallback:
		known, usable := r.tier(seen, time.Now())
		r.record.Fallback(observer.Tier, known, usable)
	}
}

// tier judges a fallback tier. While the NAS Vault cannot be asked, a tier is
// known to be usable where it holds the very token that was accepted last, for
// as long as that one lasts.
func (r *Runner) tier(seen hop.Observation, now time.Time) (known, usable bool) {
	if seen.Usable != nil {
		return true, *seen.Usable
	}
	value := r.shared.Fingerprints.Of(seen.Token)
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := r.state.asked
	if !asked.valid || !asked.value.Equal(value) {
		return false, false
	}
	return true, !asked.outlived(now)
}
