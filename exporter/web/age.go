package web

import (
	"fmt"
	"time"
)

// moment is a point in time as the page shows it: an age to read, and the exact
// time for whoever compares it with a log.
type moment struct {
	Age   string // "12 s ago"
	Exact string // "2006-01-02 15:04:05 UTC"
}

func ago(t, now time.Time) moment {
	age := "just now"
	switch d := now.Sub(t); {
	case d >= time.Second:
		age = span(d) + " ago"
	case d < -2*time.Minute: // more than two clocks differ by
		age = "in " + span(-d) + ", by a clock that is wrong"
	}
	return moment{Age: age, Exact: exact(t)}
}

// until is ago for a time that is expected to lie ahead.
func until(t, now time.Time) moment {
	if t.After(now) {
		return moment{Age: "in " + span(t.Sub(now)), Exact: exact(t)}
	}
	return ago(t, now)
}

func exact(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// span says a duration in at most two units, which is as much as a glance takes in.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return "less than 1 s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < day:
		return twoUnits(int(d/time.Hour), "h", int(d%time.Hour/time.Minute), "min")
	}
	return twoUnits(int(d/day), "d", int(d%day/time.Hour), "h")
}

func twoUnits(large int, largeUnit string, small int, smallUnit string) string {
	if small == 0 {
		return fmt.Sprintf("%d %s", large, largeUnit)
	}
	return fmt.Sprintf("%d %s %d %s", large, largeUnit, small, smallUnit)
}

// milliseconds says how long a check took.
func milliseconds(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// every says an interval, which is below a second only where somebody tries things out.
func every(d time.Duration) string {
	if d < time.Second {
		return milliseconds(d)
	}
	return span(d)
}
