// Package oracle says of a run whether the exporter was right: of what was done
// to the flow, what applications got meanwhile, and what each scrape said. It
// knows nothing of how a run is made.
package oracle

import (
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
)

// History is what was done in one run, and what was seen. All times are since it
// began, and in order.
type History struct {
	Pace
	Acts []Act
	// Delivery is when what applications got changed.
	Delivery []Delivery
	Scrapes  []Scrape
	Events   []Event
	// Left are the connections that are open when the exporter has stopped.
	Left int
}

// Pace is how often things happen in a flow.
type Pace struct {
	// Interval is between two slots, Timeout bounds one check in them, Scrape is
	// between two scrapes, and Copiers between two runs of the copiers.
	Interval, Timeout, Scrape, Copiers time.Duration
	// TokenTTL is for how long a token lives.
	TokenTTL time.Duration
}

// Verb is what can be done.
type Verb string

// The verbs.
const (
	Break   Verb = "break"   // a fault
	Heal    Verb = "heal"    // a fault
	Rotate  Verb = "rotate"  // the token
	Restart Verb = "restart" // the exporter
	Wait    Verb = "wait"    // time passes
	Live    Verb = "live"    // tokens of the run live as long as is said
	End     Verb = "end"     // of the run
)

// Act is one thing that was done.
type Act struct {
	At    time.Duration
	Verb  Verb
	Fault string // of Break and Heal
}

// Delivery says from when on applications got a token that works, or none.
type Delivery struct {
	At    time.Duration
	Works bool
}

// Scrape is what one scrape said.
type Scrape struct {
	At time.Duration
	// Slots are the slots of the run so far of the exporter, by result.
	Slots map[flow.Result]int
	Blame flow.Verdict // without a result; zero where nothing is blamed
	// Down are the hops that are not up.
	Down []flow.Hop
	// Checks are, for every hop, the checks, and for one that holds a token its
	// retrievals.
	Checks []Checks
	// Hanging are the hops of which a check does not return.
	Hanging []flow.Hop
	// Fell are the counters that are less than they were.
	Fell []string
	// Leaks says that there were bytes of a token in it.
	Leaks bool
	// Goroutines and Connections are those of exporter and servers together, and
	// those that are open between them.
	Goroutines, Connections int
}

// Checks are counts that are promised to add up.
type Checks struct {
	Hop                         flow.Hop
	Retrievals                  bool
	Attempts, Successes, Failed int
}

// Event is an alert that began or ceased to fire, or of which somebody was told.
type Event struct {
	At       time.Duration
	Alert    string
	Hop      string // or endpoint; "" where it has neither
	Receiver string // "" where nobody was told yet
	Over     bool
}

// works reports whether applications got a token that works at all times from
// one time to another, and whether they got none at all times between.
func (h History) works(from, to time.Duration) (always, never bool) {
	always, never = true, true
	for i, d := range h.Delivery {
		if d.At > to || i+1 < len(h.Delivery) && h.Delivery[i+1].At <= from {
			continue
		}
		always, never = always && d.Works, never && !d.Works
	}
	return always, never
}
