package metrics

import (
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// expose adds the flow's series to a page, all of them as of one moment and in
// the order of their labels.
func (f *Flow) expose(p *page) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := p.sheet(f.name, f.began)
	for _, h := range f.hops {
		f.exposeHop(s, h)
	}
	for _, r := range f.requests {
		operation := s.label("operation", r.operation)
		s.add(catalogue.RequestDuration, s.histogram(rows[catalogue.RequestDuration], r.failed, operation, s.label("result", "error")))
		s.add(catalogue.RequestDuration, s.histogram(rows[catalogue.RequestDuration], r.ok, operation, s.label("result", "ok")))
	}
	for _, w := range f.ways {
		s.add(catalogue.Propagation, s.histogram(rows[catalogue.Propagation], w.took, s.label("from", string(w.From)), s.label("to", string(w.To))))
	}
	for i, result := range results {
		s.add(catalogue.Slots, s.counter(f.slots[i], s.label("result", string(result))))
	}
	if v := f.verdict; v.Hop != "" {
		s.add(catalogue.Blame, s.gauge(1, s.label("hop", string(v.Hop)), s.label("reason", string(v.Reason))))
	}
	for _, slo := range slos {
		s.add(catalogue.SLOObjective, s.gauge(Objective, s.label("slo", slo)))
	}
	f.facts.expose(s)
}

// exposeHop tells what is known of a hop. What is said of its checks, and of the
// retrievals that they were, are the same numbers, and the same objects.
func (f *Flow) exposeHop(s *sheet, h *hopCounts) {
	hop := s.label("hop", string(h.hop))
	checks := s.counter(h.checks(), hop)
	s.add(catalogue.HopChecks, checks)
	if h.holds {
		s.add(catalogue.RetrievalAttempts, checks)
		s.add(catalogue.RetrievalSuccess, s.counter(h.passed, hop))
		s.add(catalogue.RetrievalDuration, s.histogram(rows[catalogue.RetrievalDuration], h.took, hop))
	}
	failures, retrievals := s.families[catalogue.HopFailures], s.families[catalogue.RetrievalFailures] // most of a page is in these
	for i, n := range h.failed {
		if n == 0 && !h.foreseen[i] {
			continue
		}
		failed := s.counter(n, hop, s.reasons[i])
		failures.Metric = append(failures.Metric, failed)
		if h.holds {
			retrievals.Metric = append(retrievals.Metric, failed)
		}
	}
	if h.hop == flow.PKI && f.role != "" {
		f.exposeIssuance(s, h)
	}
	if h.holds || h.rotated > 0 {
		s.add(catalogue.Rotations, s.counter(h.rotated, hop))
	}
	if h.checks() > 0 {
		s.add(catalogue.HopUp, s.gauge(boolean(h.why == ""), hop))
		s.add(catalogue.HopHanging, s.gauge(boolean(h.hangs), hop))
		// A file that the exporter itself cannot read is no outage of the NAS.
		if h.hop == flow.NASVault && (h.why == "" || h.why.Group() != reason.Exporter) {
			s.add(catalogue.NASVaultUp, s.gauge(boolean(h.why == "")))
		}
	}
	if h.passed > 0 {
		last := s.gauge(catalogue.Unix(h.lastSuccess), hop)
		s.add(catalogue.HopLastSuccess, last)
		if h.holds {
			s.add(catalogue.RetrievalLastSuccess, last)
		}
	}
}

// exposeIssuance tells what the checks of the hop pki say of certificates.
func (f *Flow) exposeIssuance(s *sheet, h *hopCounts) {
	role := s.label("role", f.role)
	s.add(catalogue.PKIAttempts, s.counter(h.checks(), role))
	s.add(catalogue.PKISuccess, s.counter(h.passed, role))
	s.add(catalogue.PKIDuration, s.histogram(rows[catalogue.PKIDuration], h.took, role))
	for i, n := range h.failed {
		if n > 0 || h.foreseen[i] {
			s.add(catalogue.PKIFailures, s.counter(n, s.reasons[i], role))
		}
	}
}
