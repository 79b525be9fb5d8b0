package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// lingers is how long after its fault an alert may still begin: the windows of
// the rules are an hour at most, but for those of the budgets.
const lingers = time.Hour

// aheadOfEnd is how long before the end of a token an alert tells of it: of one
// that lives shorter than that, it always does.
var aheadOfEnd = map[string]time.Duration{"NASTokenExpiring": 6 * time.Hour, "NASTokenExpiryImminent": time.Hour}

// told holds the alerts against what is broken: none that no fault raises.
func (j *judge) told() {
	for _, e := range j.Events {
		// Budgets are used up over days, by all that was broken in them.
		if e.Over || slices.Contains(chaos.Standing(), e.Alert) || strings.HasPrefix(e.Alert, "NASErrorBudget") {
			continue
		}
		if ahead := aheadOfEnd[e.Alert]; j.TokenTTL < ahead {
			continue
		}
		// A token that is over, or rotated twice at once, is told of as one that was
		// revoked.
		if served, _ := j.works(e.At-lingers, e.At); !served && j.raises(chaos.TokenRevoked, e.Alert) {
			continue
		}
		there := j.broken(e.At-lingers, e.At)
		// A rotation under a fault leaves a copy behind, whatever keeps the copier from its work.
		if e.Alert == "NASTokenDrift" && slices.ContainsFunc(there, func(name string) bool { return j.did(Rotate, j.since(name, e.At), e.At) }) {
			continue
		}
		if !slices.ContainsFunc(there, func(name string) bool { return j.raises(name, e.Alert) }) {
			j.find(e.At, "no alert without a fault", "%s (%s) while %q were there", e.Alert, e.Hop, there)
		}
	}
}

func (j *judge) raises(fault, alert string) bool {
	tier := j.faults[fault].Embedded
	return tier != nil && slices.Contains(tier.Alerts, alert)
}

// Spell is one time that a fault was there, and how it was noticed. Times are
// since it was broken, or since it was healed; negative where it never came.
type Spell struct {
	Fault string
	// Began and Healed are since the run began.
	Began, Healed time.Duration
	// Detected is when a scrape blamed it, Told when a person was told of its
	// first alert, since Began.
	Detected, Told time.Duration
	Receiver       string
	// Recovered is when a scrape blamed nothing any more, Resolved when the
	// person was told of the end, since Healed.
	Recovered, Resolved time.Duration
}

// String says when what came.
func (s Spell) String() string {
	return fmt.Sprintf("%s: detected after %s, %s told after %s; recovered after %s, told of the end after %s",
		s.Fault, came(s.Detected), cmp.Or(s.Receiver, "nobody"), came(s.Told), came(s.Recovered), came(s.Resolved))
}

// Times are the spell's times as they stand in a table: detected, told, by which
// receiver, recovered, told of the end.
func (s Spell) Times() [5]string {
	return [5]string{came(s.Detected), came(s.Told), cmp.Or(s.Receiver, "nobody"), came(s.Recovered), came(s.Resolved)}
}

func came(d time.Duration) string {
	if d < 0 {
		return "never"
	}
	return d.Round(time.Second).String()
}

// never is a time that did not come.
const never = -1

// Spells measures every fault of a run in which there is one at a time.
func Spells(h History) []Spell {
	byName := map[string]chaos.Fault{}
	for _, f := range chaos.Faults() {
		byName[f.Name] = f
	}
	var all []Spell
	for i, a := range h.Acts {
		if a.Verb != Break {
			continue
		}
		end := h.Acts[len(h.Acts)-1].At
		s := Spell{Fault: a.Fault, Began: a.At, Healed: end, Detected: never, Told: never, Recovered: never, Resolved: never}
		for _, later := range h.Acts[i:] {
			if later.Verb == Heal && later.Fault == a.Fault {
				s.Healed = later.At
				break
			}
		}
		s.measure(h, byName[a.Fault])
		all = append(all, s)
	}
	return all
}

func (s *Spell) measure(h History, f chaos.Fault) {
	for _, scrape := range h.Scrapes {
		switch {
		case s.Detected < 0 && scrape.At >= s.Began && f.Hop != "" && scrape.Blame.Hop == f.Hop && scrape.Blame.Reason == f.Reason:
			s.Detected = scrape.At - s.Began
		case s.Recovered < 0 && scrape.At >= s.Healed && scrape.Blame.Hop == "" && len(scrape.Down) == 0:
			s.Recovered = scrape.At - s.Healed
		}
	}
	if f.Embedded == nil || len(f.Embedded.Alerts) == 0 {
		return
	}
	for _, e := range h.Events {
		switch {
		case e.Alert != f.Embedded.Alerts[0] || e.Receiver == "" || e.At < s.Began:
		case s.Told < 0 && !e.Over:
			s.Told, s.Receiver = e.At-s.Began, e.Receiver
		case s.Resolved < 0 && e.Over && e.At >= s.Healed:
			s.Resolved = e.At - s.Healed
		}
	}
}
