package alerts_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// step is the time between two scrapes and two evaluations.
const step = 30 * time.Second

// began is when every timeline begins.
var began = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

// moment is the state of the simulated world at one step.
type moment int

const (
	healthy  moment = iota
	broken          // the fault is there
	gone            // the exporter does not answer
	reset           // healthy, and every counter starts from 0
	vanished        // the series that the fault is about have ended
)

// span repeats a moment for d.
func span(m moment, d time.Duration) []moment { return slices.Repeat([]moment{m}, int(d/step)) }

// kind says how a series' value follows from its number.
type kind int

const (
	gauge   kind = iota // the number
	counter             // grows by the number at each step
	clock               // a Unix time, the number of seconds from now
	missing             // no series while healthy, else a gauge
)

// series is one series of a healthy world.
type series struct {
	name   string
	kind   kind
	number float64 // nothing is "no series"
}

// fault maps a series, or the name of a metric for all its series, to the
// number that it has while broken; nothing is "no series".
type fault map[string]float64

var nothing = math.NaN()

func (f fault) number(s series) (float64, bool) {
	n, ok := f[s.name]
	if !ok {
		n, ok = f[metricName(s.name)]
	}
	return n, ok
}

// concerns reports whether the fault is about the metric that s belongs to.
func (f fault) concerns(s series) bool {
	for name := range f {
		if metricName(name) == metricName(s.name) {
			return true
		}
	}
	return false
}

// metricName returns the name in front of the braces.
func metricName(series string) string {
	name, _, _ := strings.Cut(series, "{")
	return name
}

// target completes a series with the labels that a scrape adds; what a rule
// recorded has none of them.
func target(name string) string {
	if strings.HasPrefix(name, "flow:") {
		return name
	}
	const labels = `instance="exporter:9845",job="vault-health-exporter"}`
	if base, found := strings.CutSuffix(name, "}"); found {
		return base + "," + labels
	}
	return name + "{" + labels
}

// samples writes the values of one series over a timeline in promtool's notation.
func (s series) samples(timeline []moment, f fault) string {
	var out []string
	total, there := 0.0, false
	for i, m := range timeline {
		n, own := s.number, s.kind != missing && !math.IsNaN(s.number)
		if m == broken {
			if special, ok := f.number(s); ok {
				n, own = special, !math.IsNaN(special)
			}
		}
		down := m == gone || m == vanished && f.concerns(s)
		if metricName(s.name) == "up" && m == gone {
			n, down = 0, false
		}
		switch {
		case (down || !own) && there:
			out, there = append(out, "stale"), false
		case down || !own:
			out = append(out, "_")
		default:
			if s.kind == counter {
				total += n
			}
			if m == reset {
				total = 0
			}
			there = true
			out = append(out, s.value(n, total, began.Add(time.Duration(i)*step)))
		}
		if m == gone {
			total = 0
		}
	}
	return strings.Join(out, " ")
}

func (s series) value(n, total float64, now time.Time) string {
	switch s.kind {
	case counter:
		n = total
	case clock:
		n += float64(now.Unix())
	}
	return fmt.Sprint(n)
}

// load writes a whole world as promtool's "load" command.
func load(world []series, timeline []moment, f fault) string {
	var out strings.Builder
	fmt.Fprintf(&out, "load %s\n", step)
	for _, s := range world {
		fmt.Fprintf(&out, "  %s %s\n", target(s.name), s.samples(timeline, f))
	}
	return out.String()
}
