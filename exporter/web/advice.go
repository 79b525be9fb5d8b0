package web

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// advice is what an outage costs, and what to do about it first.
type advice struct{ Cost, Remedy string }

// newAdvice returns nothing while there is nothing to do.
func newAdvice(s runner.Snapshot, now time.Time) *advice {
	if s.Verdict.Hop == "" {
		return nil
	}
	return &advice{
		Cost:   strings.Join(costs(s, now), " "),
		Remedy: cmp.Or(s.Remedy(), "Check the hop now and read its steps: the first that failed says where to look."),
	}
}

func costs(s runner.Snapshot, now time.Time) []string {
	switch s.Verdict.Result {
	case flow.Bad:
		if refused(s) {
			return []string{"The NAS Vault refuses the token that applications hold: those that run are hit as well as those that start.", spent("token delivery", s.Since, now)}
		}
		return []string{"Applications that start now get no working token; those that run go on with the one that they started with.", spent("token delivery", s.Since, now)}
	case flow.Degraded:
		loss := s.Feed.Loss(s.Verdict.Hop)
		if s.Verdict.Reason.Own() {
			loss = "The exporter cannot look there: while this lasts, a fault of that hop goes unseen."
		}
		all := []string{"Applications notice nothing yet.", loss}
		if h := find(s, flow.Token); h.Auth != nil && h.Auth.Expiry.After(now) {
			all = append(all, fmt.Sprintf("Their token expires in %s.", span(h.Auth.Expiry.Sub(now))))
		}
		if h := find(s, flow.NASVault); h.Reason != "" {
			all = append(all, spent("the NAS Vault", h.Since, now))
		}
		return all
	}
	return []string{"While this lasts, a fault of the flow goes unseen."}
}

// refused says that the NAS Vault itself turned the applications' token down.
func refused(s runner.Snapshot) bool {
	r := find(s, flow.Token).Reason
	return r == reason.Revoked || r == reason.Expired
}

// spent says how much of an objective's error budget an outage has used up.
func spent(objective string, since, now time.Time) string {
	const month = 30 * 24 * time.Hour
	budget := time.Duration(float64(month) * (1 - metrics.Objective))
	return fmt.Sprintf("This outage has used %.1f %% of the 30-day error budget of %s (%s).",
		100*float64(now.Sub(since))/float64(budget), objective, span(budget.Round(time.Minute)))
}

func find(s runner.Snapshot, h flow.Hop) runner.HopState {
	for _, state := range s.Hops {
		if state.Hop == h {
			return state
		}
	}
	return runner.HopState{}
}
