package metrics

import (
	"slices"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
)

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
	// Facts are what it found beside pass or fail.
	Facts []catalogue.Fact
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
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.hop(c.Hop)
	h.why, h.hangs = c.Reason, c.Hangs
	if c.Reason == "" {
		h.passed++
		h.lastSuccess = c.End
	} else {
		h.failed[indexOf(c.Reason)]++
	}
	switch {
	case h.holds:
		f.observe(&h.took, catalogue.RetrievalDuration, c.Duration, c.TraceID, now)
	case h.hop == flow.PKI && f.role != "":
		f.observe(&h.took, catalogue.PKIDuration, c.Duration, "", now)
	}
	for _, r := range c.Requests {
		counts := f.request(r.Operation)
		took := &counts.ok
		if r.Failed {
			took = &counts.failed
		}
		f.observe(took, catalogue.RequestDuration, r.Duration, "", now)
	}
	f.facts.learn(c.Hop, c.Facts)
}

// Slot records how a slot ended and whom it blames.
func (f *Flow) Slot(v flow.Verdict) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slots[slices.Index(results, v.Result)]++
	if v.Result != flow.Skipped { // nobody looked, so what was known before is still the newest
		f.verdict = v
	}
}

// Rotated counts a change of the value at a hop.
func (f *Flow) Rotated(h flow.Hop) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hop(h).rotated++
}

// Propagated records how long a new value took from hop to hop.
func (f *Flow) Propagated(p flow.Pair, d time.Duration) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.observe(&f.way(p).took, catalogue.Propagation, d, "", now)
}
