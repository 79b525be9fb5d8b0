package oracle

import (
	"fmt"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// manyConnections are more than the checks of one slot have.
const manyConnections = 40

// Finding is one thing that was wrong.
type Finding struct {
	At   time.Duration
	Rule string
	Text string
}

// String says what was wrong and when.
func (f Finding) String() string { return fmt.Sprintf("at %s, %s: %s", f.At, f.Rule, f.Text) }

// Judge holds a history against the rules; none of its findings is a flow as it
// should be. It is a pure function.
func Judge(h History) []Finding {
	j := judge{History: h, faults: map[string]chaos.Fault{}}
	for _, f := range chaos.Faults() {
		j.faults[f.Name] = f
	}
	if len(h.Scrapes) == 0 {
		j.find(0, "something was seen", "got no scrape")
	}
	for i := range h.Scrapes {
		j.counted(i)
		j.delivered(i)
		j.blamed(i)
	}
	j.ended()
	j.told()
	return j.found
}

// Counted holds only what must be so at every scrape, whatever was done, against a
// history that may have some of them.
func Counted(h History) []Finding {
	j := judge{History: h}
	for i := range h.Scrapes {
		j.counted(i)
	}
	return j.found
}

type judge struct {
	History
	faults map[string]chaos.Fault
	found  []Finding
}

func (j *judge) find(at time.Duration, rule, format string, args ...any) {
	j.found = append(j.found, Finding{at, rule, fmt.Sprintf(format, args...)})
}

// started is when the exporter that answers at the time at was started.
func (j *judge) started(at time.Duration) time.Duration {
	began := time.Duration(0)
	for _, a := range j.Acts {
		if a.Verb == Restart && a.At <= at {
			began = a.At
		}
	}
	return began
}

// counted holds what must be so at every scrape, whatever is broken.
func (j *judge) counted(i int) {
	s := j.Scrapes[i]
	if s.Leaks {
		j.find(s.At, "no token is shown", "got bytes of one in a scrape")
	}
	if len(s.Hanging) > 0 {
		j.find(s.At, "every check returns", "got %q hanging", s.Hanging)
	}
	if s.Connections > manyConnections {
		j.find(s.At, "every connection is closed", "got %d open", s.Connections)
	}
	for _, name := range s.Fell {
		j.find(s.At, "no counter falls", "%s fell", name)
	}
	for _, c := range s.Checks {
		if c.Attempts != c.Successes+c.Failed {
			j.find(s.At, "attempts are successes and failures", "%s: got %d attempts, %d successes and %d failures", c.Hop, c.Attempts, c.Successes, c.Failed)
		}
	}
	passed := 0
	for _, n := range s.Slots {
		passed += n
	}
	// The slot that runs may have ended or not.
	whole := int((s.At - j.started(s.At)) / j.Interval)
	if passed != whole && passed != whole+1 {
		j.find(s.At, "slots are time by interval", "got %d slots, want %d or one more", passed, whole)
	}
}

// slots are the slots that were judged since the scrape before, by result.
func (j *judge) slots(i int) map[flow.Result]int {
	now := map[flow.Result]int{}
	for result, n := range j.Scrapes[i].Slots {
		now[result] = n
		if i > 0 && j.started(j.Scrapes[i-1].At) == j.started(j.Scrapes[i].At) {
			now[result] -= j.Scrapes[i-1].Slots[result]
		}
	}
	return now
}

// delivered holds the slots against what applications got.
func (j *judge) delivered(i int) {
	at := j.Scrapes[i].At
	results := j.slots(i)
	// A slot that was judged between two scrapes looked at most one interval, and
	// a check in it one timeout, before the first of them.
	always, never := j.works(at-j.Scrape-j.Interval-j.Timeout, at)
	if results[flow.Bad] > 0 && always {
		j.find(at, "no slot is bad while applications are served", "got %d", results[flow.Bad])
	}
	if results[flow.Good] > 0 && never {
		j.find(at, "no slot is good while applications are not served", "got %d", results[flow.Good])
	}
	// Of a Vault that cannot be asked nobody can know what it would say.
	if results[flow.Degraded] > 0 && never && !slices.ContainsFunc(j.broken(at-j.settle(), at), j.unasked) {
		j.find(at, "no slot is degraded while applications are not served", "got %d", results[flow.Degraded])
	}
}

// unasked reports whether a fault keeps the NAS Vault from being asked about the
// token.
func (j *judge) unasked(fault string) bool {
	return slices.ContainsFunc(seen(j.faults[fault]), func(v flow.Verdict) bool {
		return v.Hop == flow.Token && v.Reason != reason.Revoked
	})
}

// settle is how long after a change the exporter may still say what was so
// before: until the copiers ran, until the slot in which that was seen is over,
// and until it was scraped.
func (j *judge) settle() time.Duration { return j.Copiers + j.Interval + j.Timeout + j.Scrape }

// broken are the faults that were there at some time between two.
func (j *judge) broken(from, to time.Duration) []string {
	since := map[string]time.Duration{}
	var there []string
	for _, a := range j.Acts {
		switch {
		case a.At > to:
		case a.Verb == Break:
			since[a.Fault] = a.At
		case a.Verb == Heal:
			if _, was := since[a.Fault]; was && a.At >= from {
				there = append(there, a.Fault)
			}
			delete(since, a.Fault)
		}
	}
	for name := range since {
		there = append(there, name)
	}
	slices.Sort(there)
	return slices.Compact(there)
}

// did reports whether the verb was done between two times.
func (j *judge) did(verb Verb, from, to time.Duration) bool {
	return slices.ContainsFunc(j.Acts, func(a Act) bool { return a.Verb == verb && from <= a.At && a.At <= to })
}

// ended holds that all was well after the last fault was undone.
func (j *judge) ended() {
	if len(j.Scrapes) == 0 {
		return
	}
	last := j.Scrapes[len(j.Scrapes)-1]
	if j.Left > 0 {
		j.find(last.At, "every connection is closed", "got %d left behind by an exporter that has stopped", j.Left)
	}
	if there := j.broken(last.At-j.settle(), last.At); len(there) > 0 {
		j.find(last.At, "all is well after the last undo", "the run ended too soon to tell: %q", there)
		return
	}
	if last.Blame.Hop != "" || len(last.Down) > 0 {
		j.find(last.At, "all is well after the last undo", "got %s blamed, and down %q", word(last.Blame), last.Down)
	}
}
