package flow_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestAnOpaqueValueHasNoMistakesOfATokensForm: counters stood for them that could
// never count.
func TestAnOpaqueValueHasNoMistakesOfATokensForm(t *testing.T) {
	want := map[flow.Hop][]reason.Reason{
		flow.DockerExec: {reason.Malformed, reason.Ambiguous},
		flow.NASKV:      {reason.Ambiguous},
		flow.MainKV:     {reason.Ambiguous, reason.Padded},
		flow.K8sSecret:  {reason.Malformed, reason.Ambiguous, reason.Padded},
	}
	got := map[flow.Hop][]reason.Reason{}
	for _, h := range flow.All() {
		opaque := flow.OpaqueReasons(h)
		for _, r := range flow.Reasons(h) {
			if !slices.Contains(opaque, r) {
				got[h] = append(got[h], r)
			}
		}
		if len(opaque)+len(got[h]) != len(flow.Reasons(h)) {
			t.Errorf("%s: got a reason that it has with no value", h)
		}
	}
	for _, all := range []map[flow.Hop][]reason.Reason{want, got} {
		for _, reasons := range all {
			slices.Sort(reasons)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what only a token can have (-want +got):\n%s", diff)
	}
}
