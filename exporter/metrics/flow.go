package metrics

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Objective is the promised share of good slots, and of time with the NAS Vault up.
const Objective = 0.995

// The promises that Objective is the figure of.
var slos = []string{"nas_vault", "token_delivery"}

// Labels are the values of labels that a flow's configuration decides.
type Labels struct {
	// Operations are the kinds of request that its checks make.
	Operations []string
	// PKIRole is the role of the hop pki, "" where there is none.
	PKIRole string
}

// Flow records one flow.
type Flow struct {
	m    *Metrics
	name string
	role string
}

// Flow creates the series of a flow at 0, so that none is missing before its
// first event: rate and increase do not see a counter that is born at 1. Of the
// reasons a hop has those that flow.Reasons foresees; another one is counted all
// the same when it comes.
func (m *Metrics) Flow(name string, hops []flow.Hop, labels Labels) *Flow {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range hops {
		m.counters[hopChecks].WithLabelValues(name, string(h))
		for _, r := range flow.Reasons(h) {
			m.counters[hopFailures].WithLabelValues(name, string(h), string(r))
		}
	}
	for _, h := range flow.Retrievals(hops) {
		m.counters[retrievalAttempts].WithLabelValues(name, string(h))
		m.counters[retrievalSuccess].WithLabelValues(name, string(h))
		m.counters[rotations].WithLabelValues(name, string(h))
		m.histograms[retrievalDuration].WithLabelValues(name, string(h))
		for _, r := range flow.Reasons(h) {
			m.counters[retrievalFailures].WithLabelValues(name, string(h), string(r))
		}
	}
	for _, p := range flow.Ways(hops) {
		m.histograms[propagation].WithLabelValues(name, string(p.From), string(p.To))
	}
	for _, result := range flow.Results() {
		m.counters[slots].WithLabelValues(name, string(result))
	}
	for _, operation := range labels.Operations {
		m.histograms[requestDuration].WithLabelValues(name, operation, "ok")
		m.histograms[requestDuration].WithLabelValues(name, operation, "error")
	}
	if labels.PKIRole != "" {
		m.counters[pkiAttempts].WithLabelValues(name, labels.PKIRole)
		m.counters[pkiSuccess].WithLabelValues(name, labels.PKIRole)
		m.histograms[pkiDuration].WithLabelValues(name, labels.PKIRole)
		for _, r := range flow.Reasons(flow.PKI) {
			m.counters[pkiFailures].WithLabelValues(name, labels.PKIRole, string(r))
		}
	}
	for _, slo := range slos {
		m.gauges[sloObjective].WithLabelValues(name, slo).Set(Objective)
	}
	return &Flow{m: m, name: name, role: labels.PKIRole}
}

// Remove deletes every series of the flow.
func (f *Flow) Remove() {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	own := prometheus.Labels{"flow": f.name}
	for _, row := range catalogue {
		if len(row.Labels) == 0 || row.Labels[0] != "flow" {
			continue
		}
		switch row.Type {
		case Counter:
			f.m.counters[row.Name].DeletePartialMatch(own)
		case Gauge:
			f.m.gauges[row.Name].DeletePartialMatch(own)
		case Histogram:
			f.m.histograms[row.Name].DeletePartialMatch(own)
		}
	}
}

// Check is one finished check of a hop.
type Check struct {
	Hop      flow.Hop
	End      time.Time
	Duration time.Duration
	Reason   reason.Reason // "" passed
	// TraceID becomes the exemplar of the retrieval's duration; "" where no such
	// trace can be looked at.
	TraceID  string
	Requests []Request
	// Hangs says that the check has not returned and is left behind.
	Hangs bool
}

// Request is one request to one upstream.
type Request struct {
	Operation string
	Duration  time.Duration
	Failed    bool
}

// Check records a finished check and, at a hop that holds a copy, the retrieval
// that it was.
func (f *Flow) Check(c Check) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	h, why := string(c.Hop), string(c.Reason)
	f.m.counters[hopChecks].WithLabelValues(f.name, h).Inc()
	f.m.gauges[hopUp].WithLabelValues(f.name, h).Set(boolean(c.Reason == ""))
	f.m.gauges[hopHanging].WithLabelValues(f.name, h).Set(boolean(c.Hangs))
	if c.Reason == "" {
		f.m.gauges[hopLastSuccess].WithLabelValues(f.name, h).Set(unix(c.End))
	} else {
		f.m.counters[hopFailures].WithLabelValues(f.name, h, why).Inc()
	}
	for _, r := range c.Requests {
		result := "ok"
		if r.Failed {
			result = "error"
		}
		f.m.histograms[requestDuration].WithLabelValues(f.name, r.Operation, result).Observe(r.Duration.Seconds())
	}
	if e, ok := flow.Lookup(c.Hop); ok && e.HoldsToken {
		f.retrieval(c)
	}
	if c.Hop == flow.PKI && f.role != "" {
		f.issuance(c)
	}
}

func (f *Flow) issuance(c Check) {
	f.m.counters[pkiAttempts].WithLabelValues(f.name, f.role).Inc()
	f.m.histograms[pkiDuration].WithLabelValues(f.name, f.role).Observe(c.Duration.Seconds())
	if c.Reason == "" {
		f.m.counters[pkiSuccess].WithLabelValues(f.name, f.role).Inc()
		return
	}
	f.m.counters[pkiFailures].WithLabelValues(f.name, f.role, string(c.Reason)).Inc()
}

func (f *Flow) retrieval(c Check) {
	h := string(c.Hop)
	f.m.counters[retrievalAttempts].WithLabelValues(f.name, h).Inc()
	took := f.m.histograms[retrievalDuration].WithLabelValues(f.name, h)
	if c.TraceID == "" {
		took.Observe(c.Duration.Seconds())
	} else {
		took.(prometheus.ExemplarObserver).ObserveWithExemplar(c.Duration.Seconds(), prometheus.Labels{"trace_id": c.TraceID})
	}
	if c.Reason == "" {
		f.m.counters[retrievalSuccess].WithLabelValues(f.name, h).Inc()
		f.m.gauges[retrievalLastSuccess].WithLabelValues(f.name, h).Set(unix(c.End))
		return
	}
	f.m.counters[retrievalFailures].WithLabelValues(f.name, h, string(c.Reason)).Inc()
}

// Slot records how a slot ended and whom it blames.
func (f *Flow) Slot(v flow.Verdict) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.m.counters[slots].WithLabelValues(f.name, string(v.Result)).Inc()
	if v.Result == flow.Skipped {
		return // nobody looked, so what was known before is still the newest
	}
	f.m.gauges[blame].DeletePartialMatch(prometheus.Labels{"flow": f.name})
	if v.Hop != "" {
		f.m.gauges[blame].WithLabelValues(f.name, string(v.Hop), string(v.Reason)).Set(1)
	}
}

// set sets a gauge of the flow, or deletes it where known is false.
func (f *Flow) set(name string, known bool, value float64, labels ...string) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	labels = append([]string{f.name}, labels...)
	if !known {
		f.m.gauges[name].DeleteLabelValues(labels...)
		return
	}
	f.m.gauges[name].WithLabelValues(labels...).Set(value)
}

// expiry is the time at which something ends; +Inf for what has no end.
func expiry(t time.Time) float64 {
	if t.IsZero() {
		return math.Inf(1)
	}
	return unix(t)
}
