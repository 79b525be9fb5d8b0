package web

import (
	"fmt"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// headline is the one sentence that a person reads first.
type headline struct {
	tone tone
	text string
}

func newHeadline(s runner.Summary, now time.Time) headline {
	h := judged(s.Verdict)
	if idle := idleFor(s, now); idle > 0 {
		// An old verdict must not look like a new one.
		return headline{toneUnknown, fmt.Sprintf("The exporter has not looked for %s. Before that: %s", span(idle), h.text)}
	}
	return h
}

func judged(v flow.Verdict) headline {
	const unknown = "It is not known whether applications get a working token: "
	switch v.Result {
	case flow.Good:
		return headline{toneOK, "Applications get a working token."}
	case flow.Degraded:
		if v.Reason.Own() {
			return headline{toneWarn, fmt.Sprintf("Applications are served, but %s could not be checked because %s.", title(v.Hop), v.Reason.Plain())}
		}
		return headline{toneWarn, fmt.Sprintf("Applications are served, but %s is broken because %s.", title(v.Hop), v.Reason.Plain())}
	case flow.Bad:
		return headline{toneBad, fmt.Sprintf("Applications do NOT get a working token: %s is broken because %s.", title(v.Hop), v.Reason.Plain())}
	case flow.Inconclusive:
		return headline{toneUnknown, fmt.Sprintf(unknown+"%s could not be checked because %s.", title(v.Hop), v.Reason.Plain())}
	case flow.Skipped:
		return headline{toneUnknown, unknown + "the exporter missed its last check."}
	}
	return headline{toneUnknown, "Not checked yet."}
}

// idleFor returns for how long no check ended although several were due, or 0.
func idleFor(s runner.Summary, now time.Time) time.Duration {
	if s.Checked.IsZero() {
		return 0
	}
	// A check takes less than an interval, so three without one is no delay. Ten
	// seconds keep very short intervals from crying wolf.
	idle := now.Sub(s.Checked)
	if idle <= max(3*s.Interval, 10*time.Second) {
		return 0
	}
	return idle
}
