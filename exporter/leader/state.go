package leader

import "time"

// The times of an election.
const (
	// duration is for how long a Lease holds that is not renewed.
	duration = 30 * time.Second
	// pace is the mean time between two rounds, each of which renews the Lease or
	// looks whether it has been; roundTimeout bounds one. Two rounds that fail cost
	// nobody the Lease.
	pace, roundTimeout = 5 * time.Second, 4 * time.Second
	// patience is for how long a candidate stands by of which nobody has shown that
	// another one leads. It is longer than an API server takes to be restarted.
	patience = 2 * time.Minute
)

// state is what a candidate knows, all of it by its own clock. Its methods are
// pure functions.
type state struct {
	identity string
	// seen is the record as it was seen last, and since when it has been so.
	seen  record
	since time.Time
	// heard is when another candidate was last known to lead; before that, when this
	// one began.
	heard time.Time
	leads bool
}

// saw is the state after a look at the Lease; the zero record is that of one
// which is not there. Whoever sees that another one holds the Lease stands by.
func (s state) saw(r record, now time.Time) state {
	if r != s.seen {
		s.seen, s.since = r, now
	}
	if !s.free(now) {
		s.leads, s.heard = false, now
	}
	return s
}

// free reports whether the Lease may be written: it is nobody's, or this
// candidate's own, or has not changed for as long as it holds.
func (s state) free(now time.Time) bool {
	return s.seen.Holder == "" || s.holds() || now.Sub(s.since) >= duration
}

func (s state) holds() bool { return s.seen.Holder == s.identity }

// wrote is the state after the Lease was written.
func (s state) wrote(r record, now time.Time) state {
	s.seen, s.since, s.leads = r, now, true
	return s
}

// waited is the state at the end of a round, whatever became of it: nobody stands
// by for a leader of whom nothing is known.
func (s state) waited(now time.Time) state {
	s.leads = s.leads || now.Sub(s.heard) >= patience
	return s
}
