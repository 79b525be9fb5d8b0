package runner

import (
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// judge ends a slot: it compares the copies and names what explains the state.
func (r *Runner) judge() flow.Verdict {
	r.mu.Lock()
	readings := r.state.readings(time.Now())
	verdict := flow.Judge(readings)
	before := r.state.verdict
	causes := flow.Consequences(readings)
	for name, h := range r.state.hops {
		h.Cause = causes[name]
	}
	r.state.cycles++
	r.state.history.add(time.Now(), verdict.Result)
	if verdict != before {
		r.state.verdict, r.state.since = verdict, time.Now()
	}
	r.mu.Unlock()

	r.record.Slot(verdict)
	switch {
	case verdict == before:
	case verdict.Result == flow.Good:
		r.log.Info("flow is good", "was", before.Result)
	default:
		r.log.Warn("flow is "+string(verdict.Result), "hop", verdict.Hop, "reason", verdict.Reason, "was", before.Result)
	}
	return verdict
}

// skip ends a slot in which nobody looked, or not at everything. What was due in it
// starts with the next one.
func (r *Runner) skip() flow.Verdict {
	r.shared.Metrics.Lag(r.flow.Interval)
	r.mu.Lock()
	r.state.history.add(time.Now(), flow.Skipped)
	r.mu.Unlock()
	skipped := flow.Verdict{Result: flow.Skipped}
	r.record.Slot(skipped)
	return skipped
}

// readings gathers what one slot found.
func (s *state) readings(now time.Time) flow.Readings {
	found := flow.Readings{Checked: map[flow.Hop]reason.Reason{}, Feed: s.feed}
	for name, h := range s.hops {
		found.Checked[name] = h.Reason
	}
	// While the NAS cannot be asked, the token that it accepted last works until
	// the end that is known, and not a moment longer. Whether that is the one
	// which applications get is known only while the Secret can be read.
	check, secret := s.hops[flow.Token], s.hops[flow.K8sSecret]
	if check != nil && check.Reason != "" && secret != nil && secret.read && secret.value.Equal(s.asked.value) && s.asked.outlived(now) {
		found.Checked[flow.Token] = reason.Expired
	}
	for _, p := range s.pairs {
		switch known, same := s.compare(p); {
		case known && same:
			found.Synced = append(found.Synced, p)
		case known:
			found.Drifts = append(found.Drifts, s.drift(p))
		}
	}
	return found
}
