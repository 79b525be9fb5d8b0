// Package chaos is the catalogue of the faults that a flow is known to have: what
// each does, and what must be seen of it. It is data: what breaks and heals is
// each tier's own, the embedded flow's (chaos/homelab) and the lab's (e2e), and
// neither gives a fault another name.
package chaos

import (
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Fault is one way to break the flow.
type Fault struct {
	Name string
	// Does says in one sentence what it does.
	Does string
	// Hop and Reason are what the exporter must blame while it alone is there;
	// both are "" where the flow goes on working.
	Hop    flow.Hop
	Reason reason.Reason
	// Seen is every check of the embedded flow that fails, and Later once the
	// copiers have run, "" where that changes nothing.
	Seen, Later string
	// Remembered says that it can be named only by an exporter that saw the flow
	// without it.
	Remembered bool
	// Link is what it does to a network; nil where it breaks something itself.
	Link *Disturbed
	// Front is what it puts before a server; nil where it breaks something itself.
	Front *Front
	// Embedded and Lab say who is told of it where it is played; nil where
	// nothing there can do it.
	Embedded, Lab *Tier
	// NotInLab says why the lab does not play it; set exactly where Lab is nil.
	NotInLab string
	// Live says that it may be played on a flow that people use: it takes nothing
	// from applications, and its undo brings back what was.
	Live bool
}

// Nothing is seen, Later, of a fault that heals by itself.
const Nothing = "nothing"

// Tier is what is said of a fault in one of the places where it is played.
type Tier struct {
	// Alerts are raised if the fault lasts. A person is told of the first; the
	// others may be inhibited by it, and none of them is another page.
	Alerts []string
	// Quiet says why nothing may be raised; set exactly where Alerts is empty.
	Quiet string
	// Where is the hop, or the endpoint, that the first alert names by a label;
	// "" where its own name says it.
	Where string
	// Alone says that it disturbs what other flows use too, so that no other fault
	// may be there; any other is its own flow's alone.
	Alone bool
	// Paged says that the lab's pager is waited for. Of the others a drill looks only
	// that no page fires which is not in Alerts.
	Paged bool
	// Felt says that applications notice it while it is there.
	Felt bool
	// Passing says of a control that one slot may be blamed for it.
	Passing bool
	// Onset is how long after the fault the first alert's expression is true.
	Onset time.Duration
}

// Faults returns the catalogue: what can break, in data-flow order, then what is
// stored otherwise, what stands before the servers, and the links.
func Faults() []Fault {
	embedded := slices.Concat(storedOnNAS, storedOnMain, ownFiles, fronted())
	for i := range embedded {
		embedded[i].NotInLab = "it is what a server says or stores, which the embedded flow's say in the words of real ones"
	}
	return slices.Concat(catalogue, embedded, linked())
}

// Embedded returns the faults that the embedded flow plays by itself.
func Embedded() []Fault {
	return slices.DeleteFunc(Simulated(), func(f Fault) bool { return f.Link != nil })
}

// Simulated returns the faults that the embedded flow plays where its network is
// in the hands of the player.
func Simulated() []Fault { return played(func(f Fault) *Tier { return f.Embedded }) }

// Lab returns the faults that the lab plays.
func Lab() []Fault { return played(func(f Fault) *Tier { return f.Lab }) }

func played(in func(Fault) *Tier) []Fault {
	return slices.DeleteFunc(Faults(), func(f Fault) bool { return in(f) == nil })
}

// Shown are the hops of which the checks fail, with the reason, at once and once
// the copiers have run.
func (f Fault) Shown() (atOnce, later map[flow.Hop]reason.Reason) {
	if f.Later == "" {
		return failures(f.Seen), failures(f.Seen)
	}
	return failures(f.Seen), failures(f.Later)
}

func failures(seen string) map[flow.Hop]reason.Reason {
	failed := map[flow.Hop]reason.Reason{}
	for part := range strings.SplitSeq(seen, ", ") {
		// A pair of hops whose copies differ is no failed check.
		if hop, why, ok := strings.Cut(part, " "); ok && !strings.Contains(hop, "->") {
			failed[flow.Hop(hop)] = reason.Reason(why)
		}
	}
	return failed
}

// Find returns the fault called name.
func Find(name string) (Fault, bool) {
	all := Faults()
	i := slices.IndexFunc(all, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		return Fault{}, false
	}
	return all[i], true
}
