package runner

import (
	"math"
	"time"
)

const (
	// maxChecks go on at once in the whole process, and minChecks may always. Each
	// may hold a TLS connection and a reply, and 5,000 flows whose servers answer
	// need a tenth of what is the most.
	maxChecks, minChecks = 256, 16
	// samples tell how long checks take under a limit.
	samples = 32
	// spare is how many in a row, none of which waited, say that a limit is more than
	// what is needed.
	spare = 1024
)

// limit is how many checks may go on at once. While some wait it is doubled as long
// as more of them end in the same time for it, and halved where they do not. That is so where they wait for a server, also for one that hangs. It is
// not where they share a processor: there each takes the longer the more there are,
// until all of them time out and none of the servers was to blame.
type limit struct {
	now       int
	trial     uint64        // counts the changes, from 1
	in, ended int           // samples of this trial
	took      time.Duration // by those that ended
	free      int           // checks in a row that did not wait
	before    int           // the limit in the trial before; 0 without one
	tookThen  time.Duration // by its samples
}

func newLimit() limit { return limit{now: minChecks, trial: 1} }

// begin says that a check begins, and whether it waited. It returns the trial of
// which the check is a sample, or 0.
func (l *limit) begin(waited bool) (trial uint64) {
	if !waited {
		if l.free++; l.free == spare {
			l.before = 0
			l.change(l.now / 2)
		}
		return 0
	}
	l.free = 0
	if l.in == samples {
		return 0
	}
	l.in++
	return l.trial
}

// end says how long a check took that is a sample of a trial.
func (l *limit) end(trial uint64, took time.Duration) {
	if trial != l.trial {
		return
	}
	l.took += took
	if l.ended++; l.ended < samples {
		return
	}
	next := l.now / 2
	if l.grows() || l.now == minChecks {
		next = l.now * 2
	}
	if next <= maxChecks { // else what the half took is still what to compare with
		l.before, l.tookThen = l.now, l.took
	}
	l.change(next)
}

// grows reports whether the larger one of the last two limits was worth it: the
// checks took less than √2 times as long.
func (l *limit) grows() bool {
	larger, smaller := l.took, l.tookThen
	if l.now < l.before {
		larger, smaller = smaller, larger
	}
	return l.before == 0 || float64(larger) < math.Sqrt2*float64(smaller)
}

func (l *limit) change(next int) {
	l.now = min(max(next, minChecks), maxChecks)
	l.trial++
	l.in, l.ended, l.took, l.free = 0, 0, 0, 0
}
