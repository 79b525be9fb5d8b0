package oracle

import (
	"fmt"
	"slices"
	"strings"
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

// blamed holds what is blamed against what is broken.
func (j *judge) blamed(i int) {
	s := j.Scrapes[i]
	from := s.At - j.settle()
	recent := j.broken(from, s.At)
	if j.did(Restart, s.At-j.Interval-j.Timeout, s.At) {
		return // nothing has been seen yet
	}
	allowed := j.causes(recent, from, s.At)
	if s.Blame.Hop != "" && !slices.Contains(allowed, s.Blame) {
		j.find(s.At, "what is blamed is broken", "got %s blamed, want one of %s", word(s.Blame), words(allowed))
	}
	served, _ := j.works(from, s.At)
	if s.Blame.Hop != "" && len(recent) == 0 && !j.did(Rotate, from, s.At) && served {
		j.find(s.At, "nothing is blamed while nothing is broken", "got %s", word(s.Blame))
	}
	for _, name := range recent {
		f := j.faults[name]
		// A rotation under a fault adds what did not get through it, for as long as
		// that is there.
		since := min(from, j.since(name, s.At)-j.settle())
		alone := len(j.broken(from, s.At)) == 1 && !j.did(Rotate, since, s.At) && !j.did(Heal, from, s.At) && (served || j.breaksDelivery(name))
		if f.Remembered && j.forgotten(name, s.At) {
			continue
		}
		if f.Hop == "" || !alone || j.did(Break, s.At-j.Interval-j.Timeout-j.Scrape, s.At) {
			continue
		}
		if want := (flow.Verdict{Hop: f.Hop, Reason: f.Reason}); s.Blame != want {
			j.find(s.At, "what is broken is blamed", "%s: got %s blamed, want %s", name, word(s.Blame), word(want))
		}
	}
}

// forgotten reports whether the exporter that answers at a time never saw the flow
// without the fault: it was started while that was there, or just before.
func (j *judge) forgotten(fault string, at time.Duration) bool {
	return j.started(at)+j.Interval+j.Timeout > j.since(fault, at)
}

// since is when the fault that is there at a time was broken.
func (j *judge) since(fault string, at time.Duration) time.Duration {
	began := time.Duration(0)
	for _, a := range j.Acts {
		if a.Verb == Break && a.Fault == fault && a.At <= at {
			began = a.At
		}
	}
	return began
}

// breaksDelivery reports whether it is the fault that applications feel.
func (j *judge) breaksDelivery(fault string) bool {
	return slices.ContainsFunc(seen(j.faults[fault]), func(v flow.Verdict) bool { return v.Hop == flow.Token || v.Hop == flow.K8sSecret })
}

// causes are what may be blamed while the faults are there, or just were.
func (j *judge) causes(names []string, from, to time.Duration) []flow.Verdict {
	var all []flow.Verdict
	for _, name := range names {
		all = append(all, seen(j.faults[name])...)
	}
	// A copy that stays behind is the copier's, whatever keeps it from its work.
	if len(names) > 0 || j.did(Rotate, from, to) {
		for _, e := range flow.Entries() {
			for _, why := range []reason.Reason{reason.Stale, reason.Mismatch} {
				all = append(all, flow.Verdict{Hop: e.Hop, Reason: why})
			}
		}
	}
	// A token that is over, or that was rotated twice before the copiers ran, is
	// nobody's fault and yet what is wrong.
	if always, _ := j.works(from, to); !always {
		all = append(all, flow.Verdict{Hop: flow.Token, Reason: reason.Revoked}, flow.Verdict{Hop: flow.Token, Reason: reason.Expired},
			flow.Verdict{Hop: flow.Broker, Reason: reason.JobFailed})
	}
	return all
}

// seen is all that a fault shows, at once and later.
func seen(f chaos.Fault) []flow.Verdict {
	all := []flow.Verdict{{Hop: f.Hop, Reason: f.Reason}}
	for _, line := range []string{f.Seen, f.Later} {
		for part := range strings.SplitSeq(line, ", ") {
			if hop, why, ok := strings.Cut(part, " "); ok && !strings.Contains(hop, "->") {
				all = append(all, flow.Verdict{Hop: flow.Hop(hop), Reason: reason.Reason(why)})
			}
		}
	}
	return all
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

func word(v flow.Verdict) string {
	if v.Hop == "" {
		return "nothing"
	}
	return fmt.Sprintf("%s %s", v.Hop, v.Reason)
}

func words(all []flow.Verdict) string {
	var said []string
	for _, v := range all {
		if v.Hop != "" && v.Reason != reason.Stale && v.Reason != reason.Mismatch {
			said = append(said, word(v))
		}
	}
	return strings.Join(slices.Compact(said), ", ") + ", or a copy that stayed behind"
}
