package runner

import (
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
)

// The last day is kept in steps, each as the worst result in it.
const (
	historyStep  = 5 * time.Minute
	historySteps = 24 * 12
)

// History is what a flow's slots came to, step by step.
type History struct {
	// Step is the length of a step, and End the end of the last.
	Step time.Duration
	End  time.Time
	// Worst holds the worst result of each step, the oldest first; "" where no slot
	// has ended in it.
	Worst []flow.Result
}

// history is a ring of steps: a byte each, for there are thousands of flows. It
// holds the severity of the worst result, 0 for none.
type history struct {
	worst  [historySteps]uint8
	newest int64 // number of the newest step since the Unix epoch
}

// add notes a slot that ended at the time at.
func (h *history) add(at time.Time, result flow.Result) {
	h.forward(at)
	step := &h.worst[h.newest%historySteps]
	*step = max(*step, uint8(result.Severity())) // #nosec G115 -- below the number of results
}

// forward goes to the step of at. What lies between is empty, and so is what a
// clock that was set back left ahead.
func (h *history) forward(at time.Time) {
	next := at.Unix() / int64(historyStep/time.Second)
	from, to := h.newest+1, next
	if next < h.newest {
		from, to = next+1, h.newest
	}
	for n := max(from, to-historySteps+1); n <= to; n++ {
		h.worst[n%historySteps] = 0
	}
	h.newest = next
}

// until returns what is known by now.
func (h history) until(now time.Time) History {
	h.forward(now)
	all := make([]flow.Result, 0, historySteps)
	for n := h.newest - historySteps + 1; n <= h.newest; n++ {
		all = append(all, flow.OfSeverity(int(h.worst[n%historySteps])))
	}
	return History{Step: historyStep, End: time.Unix((h.newest+1)*int64(historyStep/time.Second), 0), Worst: all}
}
