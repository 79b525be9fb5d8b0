//go:build e2e

package e2e

import (
	"math"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// The four expressions that the dashboards and alerts were asked for in,
// word for word.
const (
	successRatio   = `rate(qnap_token_retrieval_success_total[5m]) / rate(qnap_token_retrieval_attempts_total[5m]) * 100`
	latency        = `histogram_quantile(0.95, rate(nas_cluster_request_duration_seconds_bucket[5m]))`
	nasUnavailable = `nas_vault_up == 0`
	manyFailures   = `increase(qnap_token_retrieval_failures_total[5m]) > 3`
)

func TestHealthy(t *testing.T) {
	recovers(t)
	if got := consumer(t, false); got != "ok" {
		t.Errorf("the consumer's token: got %q, want ok", got)
	}
	// What failed before this is in its window for as long as that is.
	within(t, time.Minute+scrape, "the success ratio is 100 at every copy", func() bool {
		ratios := query(t, successRatio)
		for _, ratio := range ratios {
			if ratio != 100 {
				return false
			}
		}
		return len(ratios) == 4
	})
	finite := 0
	for labels, p95 := range query(t, latency) {
		if math.IsInf(p95, 0) || p95 < 0 {
			t.Errorf("p95 of %s: got %v", labels, p95)
		}
		if !math.IsNaN(p95) { // a kind of request that never happened has none
			finite++
		}
	}
	if finite < 6 {
		t.Errorf("got a p95 for %d kinds of request, want at least 6", finite)
	}
	for _, silent := range []string{nasUnavailable, manyFailures} {
		if got := query(t, silent); len(got) != 0 {
			t.Errorf("%s: got %v, want nothing", silent, got)
		}
	}
}

func TestRotation(t *testing.T) {
	before := query(t, "nas_token_rotations_total")
	must(t, home.Rotate(t.Context(), lab.RotateOptions{}))
	within(t, 30*time.Second, "every copy was seen to change once", func() bool {
		after := query(t, "nas_token_rotations_total")
		for hop, count := range after {
			if count != before[hop]+1 {
				return false
			}
		}
		return len(after) == 4
	})
	within(t, 10*time.Second, "every propagation was timed, hop by hop and as a whole", func() bool {
		return len(query(t, "nas_token_propagation_duration_seconds_count == 1")) == 4
	})
	recovers(t)
	for pair, seconds := range query(t, "nas_token_propagation_duration_seconds_sum") {
		t.Logf("propagation %s: %.1fs", pair, seconds)
	}
	must(t, home.RestartConsumer(t.Context()))
	if got := consumer(t, false); got != "ok" {
		t.Errorf("the restarted consumer's token: got %q, want ok", got)
	}
}

func TestStuckFile(t *testing.T) {
	heal := breaks(t, chaos.FileStuck)
	blamedFor(t, chaos.FileStuck)
	want := map[string]float64{
		"from=nas_kv to=docker_exec": 0, "from=nas_kv to=main_kv": 1, "from=main_kv to=k8s_secret": 1,
	}
	got := query(t, "nas_token_in_sync")
	for pair, value := range want {
		if got[pair] != value || len(got) != len(want) {
			t.Errorf("nas_token_in_sync: got %v, want %v", got, want)
		}
	}
	if got := query(t, "nas_hop_up == 0"); len(got) != 0 {
		t.Errorf("got hops down: %v, want none: every copy can be read", got)
	}
	heal()
	recovers(t)
	must(t, home.RestartConsumer(t.Context()))
}
