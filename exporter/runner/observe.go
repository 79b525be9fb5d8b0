package runner

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
)

// observe looks at the facts beside the hops, each under the flow's timeout.
func (r *Runner) observe(ctx context.Context) {
	for _, observer := range r.flow.Observers {
		var seen hop.Observation
		o := r.check(ctx, hop.Hop{Name: flow.Hop(observer.Fact), Check: func(ctx context.Context) (_ hop.Reading, err error) {
			seen, err = observer.Look(ctx)
			return hop.Reading{}, err
		}})
		if ctx.Err() != nil {
			return
		}
		if o.Err != nil {
			r.log.Debug("fact not learned", "fact", observer.Fact, "tier", observer.Tier, "error", o.Err, "reason", o.Reason, "trace_id", o.TraceID)
		}
		r.observed(observer, seen)
	}
}

// observed records a fact; what was not learned is forgotten, never kept.
func (r *Runner) observed(observer hop.Observer, seen hop.Observation) {
	defer seen.Token.Destroy()
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
	if !r.state.accepted.Equal(value) {
		return false, false
	}
	return true, !r.state.outlived(now)
}
