package runner

import (
	"slices"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// maxFailures is how many different failures are kept for the page.
const maxFailures = 20

// state is what a runner knows of its flow.
type state struct {
	hops     map[flow.Hop]*hopState
	order    []flow.Hop
	pairs    []flow.Pair
	verdict  flow.Verdict
	since    time.Time
	cycles   int
	failures []Failure // oldest first
	history  history
	asked    lookup
	// ways are the pairs whose propagation is timed: those that are compared,
	// and the whole way.
	ways []flow.Pair
	// source is what the ExternalSecret's check said last of what the Secret is made
	// from; proven says that the two were seen equal since, and feed is what counts.
	source hop.Source
	proven bool
	feed   flow.Feed
}

// lookup is what the NAS Vault said last of a token: for which value, whether
// it accepts it, and when it ends, zero without a time to live.
type lookup struct {
	value token.Fingerprint
	valid bool
	until time.Time
}

// outlived reports whether a token that was accepted is over.
func (l lookup) outlived(now time.Time) bool {
	return l.valid && !l.until.IsZero() && now.After(l.until)
}

// hopState is what is known of one hop.
type hopState struct {
	HopState
	// value is the last value read here; it outlives a failed check, so that
	// a rotation during an outage is seen when the outage ends.
	value token.Fingerprint
	// read says that the last check read the value.
	read bool
	// arrived is when the value was first read here, by our own clock; FirstSeen
	// may be earlier, where something says since when the value has been here.
	arrived time.Time
	// moved says that the value has changed since the exporter started: only
	// then is its first sight the moment it came.
	moved bool
	// dated says that FirstSeen is the KV engine's own word.
	dated bool
	// spread remembers for which value a propagation from here was recorded.
	spread map[flow.Hop]token.Fingerprint
}

// change is what one check changed.
type change struct {
	failed, recovered, rotated, first bool
	// fed says that the Secret is made from something else than was known, and apart
	// are the pairs that are compared no more.
	fed   bool
	apart []flow.Pair
}

func newState(order []flow.Hop) *state {
	s := &state{hops: map[flow.Hop]*hopState{}, order: order, pairs: flow.Pairs(order, flow.Feed{}), ways: flow.Ways(order, flow.Feed{})}
	for _, h := range order {
		s.hops[h] = &hopState{HopState: HopState{Hop: h}, spread: map[flow.Hop]token.Fingerprint{}}
	}
	return s
}

// update takes in a finished check; seen is the fingerprint of the token read.
func (s *state) update(name flow.Hop, o Outcome, seen token.Fingerprint) change {
	h := s.hops[name]
	before := h.Reason
	new := h.Checked.IsZero()
	c := change{
		failed:    o.Reason != "" && (new || before == "" || before != o.Reason),
		recovered: o.Reason == "" && !new && before != "",
	}
	if new || (before == "") != (o.Reason == "") {
		h.Since = o.End
	}
	h.Checked, h.Duration, h.Reason = o.End, o.Duration, o.Reason
	if o.Reason == "" {
		h.LastSuccess = o.End
		h.KVVersion, h.Auth = o.Reading.KVVersion, o.Reading.Auth
	} else if o.Reading.Auth != nil {
		h.Auth = o.Reading.Auth
	}
	if name == flow.NASKV { // the rotator notes nothing beside another copy
		h.RotationOpened = o.Reading.RotationOpened
	}
	h.Vault, h.Broker, h.External = o.Reading.Vault, o.Reading.Broker, o.Reading.External
	if o.Err != nil {
		s.fail(name, o)
	}
	h.read = o.Reason == "" && !seen.IsZero()
	if h.read && !h.value.Equal(seen) {
		c.rotated, c.first = !h.value.IsZero(), h.value.IsZero()
		h.moved = c.rotated
		h.value, h.FirstSeen, h.arrived, h.dated = seen, o.End, o.End, false
		if made := o.Reading.Created; !made.IsZero() && made.Before(o.End) {
			h.FirstSeen, h.dated = made, true
		}
		s.inherit()
	}
	c.fed, c.apart = s.follow(o.Reading.External)
	return c
}

// inherit gives a value that was here when the exporter started the age of the
// same value where it is copied from: it cannot have come earlier, and a process
// that restarts every week would never see it grow old.
func (s *state) inherit() {
	for _, p := range s.pairs {
		from, to := s.hops[p.From], s.hops[p.To]
		if same := !to.value.IsZero() && from.value.Equal(to.value); same && !to.moved && !to.dated && from.FirstSeen.Before(to.FirstSeen) {
			to.FirstSeen = from.FirstSeen
		}
	}
}

// fail notes a failed check. One that repeats the hop's last failure joins it,
// so that an hour of the same does not push out what came before.
func (s *state) fail(name flow.Hop, o Outcome) {
	next := Failure{
		First: o.End, Time: o.End, Count: 1,
		Hop: name, Reason: o.Reason, Text: o.Err.Error(), Steps: o.Reading.Steps, TraceID: o.TraceID,
	}
	for i, f := range s.failures {
		if f.Hop == name && f.Reason == o.Reason && f.Time.After(s.hops[name].LastSuccess) {
			next.First, next.Count = f.First, f.Count+1
			s.failures = slices.Delete(s.failures, i, i+1)
			break
		}
	}
	s.failures = append(s.failures, next)
	if len(s.failures) > maxFailures {
		s.failures = s.failures[1:]
	}
}

// compare says whether both copies of a pair hold the same value; known is
// false while either is unread.
func (s *state) compare(p flow.Pair) (known, same bool) {
	from, to := s.hops[p.From], s.hops[p.To]
	return from.read && to.read, from.value.Equal(to.value)
}

// drift says how a copy differs: it is stale where its source has moved on
// since, and a mismatch where it changed by itself, or where both have been
// different for as long as the exporter has looked and nothing says which is older.
func (s *state) drift(p flow.Pair) flow.Drift {
	from, to := s.hops[p.From], s.hops[p.To]
	why := reason.Mismatch
	older := from.dated && to.dated && to.FirstSeen.Before(from.FirstSeen)
	if from.moved && to.arrived.Before(from.arrived) || !from.moved && !to.moved && older {
		why = reason.Stale
	}
	return flow.Drift{Pair: p, Reason: why}
}

// propagated reports whether p's two ends have now both received the same new
// value, and how long it took; each value is reported once. The ends are
// looked at in any order, so a copy that was seen first took no time.
func (s *state) propagated(p flow.Pair) (time.Duration, bool) {
	from, to := s.hops[p.From], s.hops[p.To]
	_, same := s.compare(p)
	if !same || !from.moved || !to.moved || from.spread[p.To].Equal(to.value) {
		return 0, false
	}
	from.spread[p.To] = to.value
	return max(0, to.arrived.Sub(from.arrived)), true
}

// forget drops what was said of the applications' token where they hold
// another one now: when that one ends says nothing about this one.
func (s *state) forget() bool {
	secret, check := s.hops[flow.K8sSecret], s.hops[flow.Token]
	if check == nil || check.Auth == nil || !secret.read || secret.value.Equal(s.asked.value) {
		return false
	}
	check.Auth = nil
	return true
}
