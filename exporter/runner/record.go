package runner

import "homelab.io/vault-health-exporter/exporter/flow"

// values records what a check said about the value at a hop and at those it is
// compared with.
func (r *Runner) values(name flow.Hop, c change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.first || c.rotated {
		for h, state := range r.state.hops {
			if !state.value.IsZero() { // another hop's age may have followed
				r.record.FirstSeen(h, state.FirstSeen)
			}
		}
	}
	if c.rotated {
		r.record.Rotated(name)
	}
	if name == flow.ExternalSecret || c.fed {
		r.record.Feed(r.state.feed)
	}
	for _, p := range c.apart {
		r.record.Sync(p, false, false)
	}
	for _, p := range r.state.pairs {
		if p.From != name && p.To != name && !c.fed {
			continue
		}
		known, same := r.state.compare(p)
		r.record.Sync(p, known, same)
	}
	for _, p := range r.state.ways {
		if took, ok := r.state.propagated(p); ok {
			r.record.Propagated(p, took)
		}
	}
}
