package runner

import (
	"slices"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Summary is the state of one flow in a few words, for whoever looks at many.
type Summary struct {
	Flow     string
	Interval time.Duration
	Verdict  flow.Verdict
	// Since is when the verdict became what it is; zero before the first slot.
	Since time.Time
	// Cycles counts the slots that were judged.
	Cycles int
	// Checked is when the last check ended; zero before the first.
	Checked time.Time
}

// Snapshot is the state of one flow for a person to read. It holds no token.
type Snapshot struct {
	Summary
	Hops  []HopState
	Pairs []PairState
	// Feed is what the Secret that applications read is made from.
	Feed flow.Feed
	// Failures are the last failed checks, newest first.
	Failures []Failure
	// History is of the last day.
	History History
	// Mistakes are set by who reads the configuration.
	Mistakes Mistakes
}

// Mistakes are what is wrong with a flow in the configuration that was read last.
type Mistakes struct {
	// Found are the first of them, each with its place and without what stands
	// there; More is how many follow.
	Found []string
	More  int
	// Effect is a sentence that says what they lead to.
	Effect string
}

// Configured are the hops of the flow, in data-flow order.
func (s Snapshot) Configured() []flow.Hop {
	all := make([]flow.Hop, len(s.Hops))
	for i, h := range s.Hops {
		all[i] = h.Hop
	}
	return all
}

// Remedy is what a person does first about what is blamed, "" where nothing is or
// no remedy is known.
func (s Snapshot) Remedy() string {
	return flow.Remedy(s.Verdict.Hop, s.Verdict.Reason, s.Configured())
}

// HopState is the last check of one hop.
type HopState struct {
	Hop flow.Hop
	// Checked is when the last check ended; zero before the first.
	Checked  time.Time
	Duration time.Duration
	Reason   reason.Reason // "" while it passes
	// Cause is the hop whose fault explains this one's; "" where none does.
	Cause       flow.Hop
	LastSuccess time.Time // zero until one
	// Since is when the hop last changed between passing and failing.
	Since time.Time
	// FirstSeen is when the value that the hop holds first appeared there.
	FirstSeen time.Time
	KVVersion int
	// RotationOpened is when the oldest rotation that has not ended began; zero
	// where none is noted beside the copy.
	RotationOpened time.Time
	Vault          *upstream.VaultState
	Auth           *upstream.TokenState
	Broker         *hop.BrokerState
	External       *hop.ExternalState
}

// PairState is the comparison of two copies; Known is false while either is unread.
type PairState struct {
	flow.Pair
	Known, InSync bool
}

// Failure is one or more failed checks of a hop in a row, for the same reason.
// All but First and Count are of the last of them.
type Failure struct {
	First, Time time.Time
	Count       int
	Hop         flow.Hop
	Reason      reason.Reason
	// Text is the error's own text: it is made of the configuration and of
	// reasons, never of a reply.
	Text  string
	Steps []upstream.Step
	// TraceID identifies the check in the log and in the histogram's exemplar.
	TraceID string
}

// Summary returns the state of the flow in a few words.
func (r *Runner) Summary() Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.summary()
}

func (r *Runner) summary() Summary {
	s := Summary{
		Flow: r.flow.Name, Interval: r.flow.Interval,
		Verdict: r.state.verdict, Since: r.state.since, Cycles: r.state.cycles,
	}
	for _, h := range r.state.hops {
		if h.Checked.After(s.Checked) {
			s.Checked = h.Checked
		}
	}
	return s
}

// Snapshot returns the state of the flow.
func (r *Runner) Snapshot() Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Snapshot{Summary: r.summary(), Feed: r.state.feed, History: r.state.history.until(time.Now())}
	for _, h := range r.state.order {
		s.Hops = append(s.Hops, r.state.hops[h].HopState)
	}
	for _, p := range r.state.pairs {
		known, same := r.state.compare(p)
		s.Pairs = append(s.Pairs, PairState{Pair: p, Known: known, InSync: same})
	}
	for _, f := range slices.Backward(r.state.failures) {
		s.Failures = append(s.Failures, f)
	}
	return s
}
