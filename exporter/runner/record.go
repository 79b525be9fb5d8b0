package runner

import (
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// facts records what a reading says beside pass or fail.
func (r *Runner) facts(name flow.Hop, o Outcome) {
	reading := o.Reading
	for _, c := range reading.Certificates {
		r.record.Certificate(c.Endpoint, c.NotAfter)
	}
	if reading.KVVersion > 0 {
		r.record.KVVersion(name, reading.KVVersion)
	}
	switch name {
	case flow.NASVault:
		r.nasVault(reading.Vault, o.Reason)
	case flow.NASKV:
		r.record.RotationOpen(reading.RotationOpened)
	case flow.MainVault:
		if reading.Vault != nil {
			r.record.Vault("main", reading.Vault.Version, reading.Vault.Identity)
		}
	case flow.Broker:
		if reading.Broker != nil {
			r.record.Broker(reading.Broker.LastSuccess)
		}
	case flow.ExternalSecret:
		if reading.External == nil {
			reading.External = &hop.ExternalState{}
		}
		r.record.External(o.Reading.External != nil, reading.External.Ready, reading.External.Refreshed)
	case flow.Token:
		r.token(reading.Auth)
	}
}

// nasVault leaves nas_vault_up absent where the exporter itself is at fault: a
// file that it cannot read is no outage of the NAS.
func (r *Runner) nasVault(state *upstream.VaultState, why reason.Reason) {
	up := why == ""
	known := &up
	if !up && why.Group() == reason.Exporter {
		known = nil
	}
	if state == nil {
		r.record.NASVault(known, nil)
		return
	}
	r.record.NASVault(known, &metrics.VaultState{
		Initialized: state.Initialized, Sealed: state.Sealed, Standby: state.Standby, ClockSkew: state.ClockSkew,
	})
	r.record.Vault("nas", state.Version, state.Identity)
}

func (r *Runner) token(state *upstream.TokenState) {
	switch {
	case state == nil:
		r.record.TokenUnknown()
	case !state.Valid:
		r.record.TokenRefused()
	default:
		r.record.TokenAccepted(state.Root, state.Expiry)
	}
}

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
	for _, p := range r.state.pairs {
		if p.From != name && p.To != name {
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
