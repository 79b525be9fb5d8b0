//go:build e2e

package e2e

import (
	"testing"
	"time"

	"homelab.io/vault-health-exporter/e2e/lab"
	"homelab.io/vault-health-exporter/exporter/flow"
)

// sendDelay is how long the exporter gathers spans before it sends them.
const sendDelay = 5 * time.Second

// TestASlotIsATrace: one trace has the check of every hop, each with its
// requests below it.
func TestASlotIsATrace(t *testing.T) {
	within(t, sendDelay+3*interval, "a trace with every hop", func() bool {
		for _, trace := range traces(t) {
			if complete(trace) {
				return true
			}
		}
		return false
	})
}

// TestExemplarsLeadToTraces follows the exemplars that Prometheus scraped to the
// traces that the collector was sent.
func TestExemplarsLeadToTraces(t *testing.T) {
	within(t, sendDelay+5*interval, "an exemplar of each copy leads to its trace", func() bool {
		found := map[string]bool{}
		all := traces(t)
		for _, e := range exemplars(t, `qnap_token_retrieval_duration_seconds_bucket`) {
			for _, s := range all[e.trace] {
				found[e.hop] = found[e.hop] || s.Name == "check "+e.hop
			}
		}
		return len(found) == 4
	})
}

// traces returns the spans so far, by trace.
func traces(t *testing.T) map[string][]lab.Span {
	t.Helper()
	all, err := home.Spans(t.Context())
	must(t, err)
	byTrace := map[string][]lab.Span{}
	for _, s := range all {
		byTrace[s.Trace] = append(byTrace[s.Trace], s)
	}
	return byTrace
}

// complete says whether a trace has every hop below its slot, and a request
// below each of them.
func complete(trace []lab.Span) bool {
	slot := named(trace, "slot")
	parents := map[string]bool{}
	for _, s := range trace {
		parents[s.Parent] = true
	}
	for _, e := range flow.Entries() {
		check := named(trace, "check "+string(e.Hop))
		if slot.ID == "" || check.Parent != slot.ID || !parents[check.ID] {
			return false
		}
	}
	return true
}

func named(trace []lab.Span, name string) lab.Span {
	for _, s := range trace {
		if s.Name == name {
			return s
		}
	}
	return lab.Span{}
}

// below returns the first span whose parent is the given one.
func below(trace []lab.Span, parent lab.Span) lab.Span {
	for _, s := range trace {
		if s.Parent == parent.ID {
			return s
		}
	}
	return lab.Span{}
}

type exemplar struct{ hop, trace string }

func exemplars(t *testing.T, expression string) []exemplar {
	t.Helper()
	results, err := home.Exemplars(t.Context(), expression)
	must(t, err)
	var all []exemplar
	for _, r := range results {
		for _, e := range r.Exemplars {
			all = append(all, exemplar{hop: string(r.SeriesLabels["hop"]), trace: string(e.Labels["trace_id"])})
		}
	}
	return all
}
