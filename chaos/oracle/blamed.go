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

// breaksDelivery reports whether applications feel the fault itself, and are not
// without a token for another reason meanwhile.
func (j *judge) breaksDelivery(fault string) bool { return j.raises(fault, "NASTokenDeliveryBroken") }

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
	var all []flow.Verdict
	for _, one := range f.Shows() {
		all = append(all, flow.Verdict{Hop: one.Hop, Reason: one.Reason})
	}
	return all
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
