package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// maxTroubles is how many times of trouble are written out.
const maxTroubles = 5

// stripHeight is the height of the strip in its own units; a step is 1 wide.
const stripHeight = 24

// historyView is the last day as a strip, and in words.
type historyView struct {
	Steps   int
	Runs    []runView
	Summary string
	// Troubles are the newest times in which the flow was not good; More is how
	// many there were before.
	Troubles []runView
	More     int
}

// runView is a run of steps with the same worst result. The worse it was, the
// higher it is drawn, so that colours are not needed.
type runView struct {
	Tone                tone
	X, Y, Width, Height int
	Text                string
}

// newHistory makes the view of what the slots came to; nil where nothing is known.
func newHistory(h runner.History) *historyView {
	v := &historyView{Steps: len(h.Worst)}
	known := map[flow.Result]int{}
	for i := 0; i < len(h.Worst); {
		end := i + 1
		for end < len(h.Worst) && h.Worst[end] == h.Worst[i] {
			end++
		}
		if worst := h.Worst[i]; worst != "" {
			known[worst] += end - i
			run := newRun(h, worst, i, end)
			v.Runs = append(v.Runs, run)
			if worst != flow.Good {
				v.Troubles = append(v.Troubles, run)
			}
		}
		i = end
	}
	if len(v.Runs) == 0 {
		return nil
	}
	slices.Reverse(v.Troubles)
	if v.More = len(v.Troubles) - maxTroubles; v.More > 0 {
		v.Troubles = v.Troubles[:maxTroubles]
	}
	v.Summary = shares(known, len(h.Worst), h.Step)
	return v
}

func newRun(h runner.History, worst flow.Result, from, to int) runView {
	height := stripHeight * worst.Severity() / flow.Bad.Severity()
	v := runView{Tone: judged(flow.Verdict{Result: worst}).tone, X: from, Width: to - from, Y: stripHeight - height, Height: height}
	at := func(step int) string {
		return h.End.Add(-time.Duration(len(h.Worst)-step) * h.Step).UTC().Format("15:04")
	}
	v.Text = fmt.Sprintf("%s between %s and %s", worst, at(from), at(to)) // a step does not say when in it
	if to == len(h.Worst) {
		v.Text = fmt.Sprintf("%s between %s and now", worst, at(from))
	}
	return v
}

// shares says how much of the time was what, the worst first.
func shares(known map[flow.Result]int, steps int, step time.Duration) string {
	sum := 0
	for _, n := range known {
		sum += n
	}
	var parts []string
	for severity := flow.Bad.Severity(); severity > 0; severity-- {
		if n := known[flow.OfSeverity(severity)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %.1f %%", flow.OfSeverity(severity), 100*float64(n)/float64(sum)))
		}
	}
	text := "Worst result of every " + span(step) + ": " + strings.Join(parts, ", ") + "."
	if unknown := steps - sum; unknown > 0 {
		text += " Of " + span(time.Duration(unknown)*step) + " nothing is known."
	}
	return text
}
