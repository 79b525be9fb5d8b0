package metrics

import (
	"homelab.io/vault-health-exporter/exporter/flow"
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
		s.add(requestDuration, s.histogram(rows[requestDuration], r.failed, operation, s.label("result", "error")))
		s.add(requestDuration, s.histogram(rows[requestDuration], r.ok, operation, s.label("result", "ok")))
	}
	for _, w := range f.ways {
		s.add(propagation, s.histogram(rows[propagation], w.took, s.label("from", string(w.From)), s.label("to", string(w.To))))
	}
	for i, result := range results {
		s.add(slots, s.counter(f.slots[i], s.label("result", string(result))))
	}
	if v := f.verdict; v.Hop != "" {
		s.add(blame, s.gauge(1, s.label("hop", string(v.Hop)), s.label("reason", string(v.Reason))))
	}
	for _, slo := range slos {
		s.add(sloObjective, s.gauge(Objective, s.label("slo", slo)))
	}
	f.facts.expose(s)
}

// exposeHop tells what is known of a hop. What is said of its checks, and of the
// retrievals that they were, are the same numbers, and the same objects.
func (f *Flow) exposeHop(s *sheet, h *hopCounts) {
	hop := s.label("hop", string(h.hop))
	checks := s.counter(h.checks(), hop)
	s.add(hopChecks, checks)
	if h.holds {
		s.add(retrievalAttempts, checks)
		s.add(retrievalSuccess, s.counter(h.passed, hop))
		s.add(retrievalDuration, s.histogram(rows[retrievalDuration], h.took, hop))
	}
	failures, retrievals := s.families[hopFailures], s.families[retrievalFailures] // most of a page is in these
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
		s.add(rotations, s.counter(h.rotated, hop))
	}
	if h.checks() > 0 {
		s.add(hopUp, s.gauge(boolean(h.up), hop))
		s.add(hopHanging, s.gauge(boolean(h.hangs), hop))
	}
	if h.passed > 0 {
		last := s.gauge(unix(h.lastSuccess), hop)
		s.add(hopLastSuccess, last)
		if h.holds {
			s.add(retrievalLastSuccess, last)
		}
	}
}

// exposeIssuance tells what the checks of the hop pki say of certificates.
func (f *Flow) exposeIssuance(s *sheet, h *hopCounts) {
	role := s.label("role", f.role)
	s.add(pkiAttempts, s.counter(h.checks(), role))
	s.add(pkiSuccess, s.counter(h.passed, role))
	s.add(pkiDuration, s.histogram(rows[pkiDuration], h.took, role))
	for i, n := range h.failed {
		if n > 0 || h.foreseen[i] {
			s.add(pkiFailures, s.counter(n, s.reasons[i], role))
		}
	}
}
