package metrics_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
)

func TestSeriesExistBeforeTheirFirstEvent(t *testing.T) {
	failures, retrievals := 0, 0
	for _, h := range allHops {
		failures += len(flow.Reasons(h))
	}
	for _, h := range flow.Retrievals(allHops) {
		retrievals += len(flow.Reasons(h))
	}
	m := metrics.New(prometheus.NewRegistry())
	m.Flow("qnap", allHops, everyLabel)
	want := map[string]int{
		"qnap_token_retrieval_attempts_total":  4,
		"qnap_token_retrieval_success_total":   4,
		"qnap_token_retrieval_failures_total":  retrievals,
		"nas_hop_checks_total":                 len(allHops),
		"nas_hop_failures_total":               failures,
		"nas_pki_issuance_failures_total":      len(flow.Reasons(flow.PKI)),
		"nas_flow_slots_total":                 5,
		"nas_token_rotations_total":            4,
		"nas_cluster_request_duration_seconds": 2,
		"nas_flow_blame":                       0,
		"nas_vault_sealed":                     0,
	}
	for name, count := range want {
		if got, err := testutil.GatherAndCount(m, name); err != nil || got != count {
			t.Errorf("%s: got %d series and error %v, want %d", name, got, err, count)
		}
	}
}

// TestWhatIsNotForeseenIsCounted: a reason that a hop cannot have, as far as is
// known, has no series before it comes and is not lost when it does.
func TestWhatIsNotForeseenIsCounted(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	f := m.Flow("qnap", allHops, everyLabel)
	compare := func(want string) {
		t.Helper()
		text, err := testutil.GatherAndFormat(m, expfmt.TypeTextPlain, "nas_hop_failures_total", "qnap_token_retrieval_failures_total", "nas_pki_issuance_failures_total")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, `reason="job_failed"`) && !strings.Contains(line, `hop="broker"`) {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
			t.Error(diff)
		}
	}
	compare("")
	for _, h := range []flow.Hop{flow.NASKV, flow.PKI} {
		f.Check(metrics.Check{Hop: h, End: at, Reason: reason.JobFailed})
	}
	compare(`nas_hop_failures_total{flow="qnap",hop="nas_kv",reason="job_failed"} 1
nas_hop_failures_total{flow="qnap",hop="pki",reason="job_failed"} 1
nas_pki_issuance_failures_total{flow="qnap",reason="job_failed",role="canary"} 1
qnap_token_retrieval_failures_total{flow="qnap",hop="nas_kv",reason="job_failed"} 1`)
}

// TestAnOpaqueFlowHasNoCountersOfATokensForm: they stood at 0 for ever. One that came
// all the same would be counted.
func TestAnOpaqueFlowHasNoCountersOfATokensForm(t *testing.T) {
	opaque := everyLabel
	opaque.Opaque = true
	m := metrics.New(prometheus.NewRegistry())
	f := m.Flow("qnap", allHops, opaque)
	want := 0
	for _, h := range allHops {
		want += len(flow.OpaqueReasons(h))
	}
	count := func(want int) {
		t.Helper()
		if got, err := testutil.GatherAndCount(m, "nas_hop_failures_total"); err != nil || got != want {
			t.Errorf("got %d series and error %v, want %d", got, err, want)
		}
	}
	count(want)
	f.Check(metrics.Check{Hop: flow.K8sSecret, End: at, Reason: reason.Padded})
	count(want + 1)
}
