package metrics

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Objective is the promised share of good slots, and of time with the NAS Vault up.
const Objective = 0.995

// The promises that Objective is the figure of.
var slos = []string{"nas_vault", "token_delivery"}

// Labels are what a flow's configuration decides of the values of labels.
type Labels struct {
	// Operations are the kinds of request that its checks make.
	Operations []string
	// PKIRole is the role of the hop pki, "" where there is none.
	PKIRole string
	// Opaque says that its values are no Vault tokens, and fail for fewer reasons.
	Opaque bool
}

// Flow records one flow. It keeps numbers; the series that tell them are made
// when they are asked for.
type Flow struct {
	m      *Metrics
	name   string
	role   string
	opaque bool
	began  time.Time

	mu       sync.Mutex
	hops     []*hopCounts     // by name
	requests []*requestCounts // by operation
	ways     []*wayCounts     // by from and to
	slots    []uint64         // by result
	verdict  flow.Verdict     // of the last slot in which somebody looked
	facts    facts
}

// hopCounts is what came of a hop's checks.
type hopCounts struct {
	hop      flow.Hop
	holds    bool   // a copy of the token
	foreseen []bool // by reason
	passed   uint64
	failed   []uint64 // by reason
	rotated  uint64
	// why and hangs are of the last check.
	why         reason.Reason // it failed, "" where it passed
	hangs       bool
	lastSuccess time.Time
	// took is the time of the retrievals, or of the issued certificates; nil before
	// the first, and at other hops.
	took *histogram
}

// checks is how many have finished.
func (h *hopCounts) checks() uint64 { return h.passed + h.failures() }

func (h *hopCounts) failures() (sum uint64) {
	for _, n := range h.failed {
		sum += n
	}
	return sum
}

// requestCounts is the time of one kind of request; nil before the first.
type requestCounts struct {
	operation  string
	ok, failed *histogram
}

// wayCounts is the time of a new value from hop to hop; nil before the first.
type wayCounts struct {
	flow.Pair
	took *histogram
}

// Flow begins to record a flow, in the place of one that had its name before.
// What can be counted is there at 0: rate and increase do not see a counter that
// is born at 1. What cannot, as far as is known, is counted all the same when it
// comes.
func (m *Metrics) Flow(name string, hops []flow.Hop, labels Labels) *Flow {
	f := &Flow{m: m, name: name, role: labels.PKIRole, opaque: labels.Opaque, began: time.Now(), slots: make([]uint64, len(results))}
	for _, h := range hops {
		f.hop(h)
	}
	for _, operation := range labels.Operations {
		f.request(operation)
	}
	for _, p := range flow.Ways(hops, flow.Feed{}) {
		f.way(p)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flows[name] = f
	return f
}

// Remove deletes every series of the flow.
func (f *Flow) Remove() {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.m.flows[f.name] == f {
		delete(f.m.flows, f.name)
	}
}

// hop returns what is counted of a hop.
func (f *Flow) hop(h flow.Hop) *hopCounts {
	i, known := slices.BinarySearchFunc(f.hops, h, func(c *hopCounts, h flow.Hop) int { return cmp.Compare(c.hop, h) })
	if !known {
		e, _ := flow.Lookup(h)
		f.hops = slices.Insert(f.hops, i, &hopCounts{hop: h, holds: e.HoldsToken, foreseen: foreseenAt(h, f.opaque), failed: make([]uint64, len(reasons))})
	}
	return f.hops[i]
}

func (f *Flow) request(operation string) *requestCounts {
	i, known := slices.BinarySearchFunc(f.requests, operation, func(c *requestCounts, operation string) int { return cmp.Compare(c.operation, operation) })
	if !known {
		f.requests = slices.Insert(f.requests, i, &requestCounts{operation: operation})
	}
	return f.requests[i]
}

func (f *Flow) way(p flow.Pair) *wayCounts {
	i, known := slices.BinarySearchFunc(f.ways, p, func(c *wayCounts, p flow.Pair) int {
		return cmp.Or(cmp.Compare(c.From, p.From), cmp.Compare(c.To, p.To))
	})
	if !known {
		f.ways = slices.Insert(f.ways, i, &wayCounts{Pair: p})
	}
	return f.ways[i]
}

// observe counts what took d in *h, which it makes where there is none.
func (f *Flow) observe(h **histogram, metric string, d time.Duration, trace string, now time.Time) {
	if *h == nil {
		*h = newHistogram(rows[metric].Buckets, f.began)
	}
	(*h).observe(d, trace, now)
}
