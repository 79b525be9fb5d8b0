//go:build e2e

package e2e

import (
	"net/http"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

func TestNASGone(t *testing.T) {
	must(t, home.RestartConsumer(t.Context())) // it may hold a token that was rotated since
	before := slots(t)
	heal := breaks(t, chaos.NASDown)
	within(t, interval+timeout, "nas_vault_up is 0", func() bool {
		return scrapeNow(t, `nas_vault_up{flow="qnap"}`) == 0
	})
	blames(t, "nas_vault", "connect_refused")
	within(t, 20*time.Second, "slots are degraded", func() bool { return slots(t)["result=degraded"] >= before["result=degraded"]+3 })
	if got := query(t, nasUnavailable); len(got) != 1 {
		t.Errorf("%s: got %v, want it true", nasUnavailable, got)
	}
	within(t, 30*time.Second, "more than three failures", func() bool {
		return query(t, manyFailures)["hop=nas_kv reason=connect_refused"] > 3
	})
	within(t, 10*time.Second, "the success ratio falls at the NAS, and only there", func() bool {
		ratios := query(t, successRatio)
		return ratios["hop=nas_kv"] < 100 && ratios["hop=docker_exec"] < 100 && ratios["hop=main_kv"] == 100 && ratios["hop=k8s_secret"] == 100
	})
	if got := consumer(t, false); got == "ok" {
		t.Error("the consumer reached the NAS Vault through a cut link")
	}
	if got := consumer(t, true); got != "ok" {
		t.Errorf("the consumer's token past the cut: got %q, want ok", got)
	}
	var slowest time.Duration
	for range 20 {
		began := time.Now()
		reply, err := http.Get(home.ExporterURL() + "/metrics")
		must(t, err)
		_ = reply.Body.Close()
		slowest = max(slowest, time.Since(began))
	}
	t.Logf("/metrics meanwhile: slowest of 20 in %s", slowest)
	if after := slots(t); after["result=bad"] != before["result=bad"] {
		t.Errorf("got %v bad slots, want none more than %v", after["result=bad"], before["result=bad"])
	}
	heal()
	recovers(t)
}

func TestTokenRevoked(t *testing.T) {
	before := slots(t)
	heal := breaks(t, chaos.TokenRevoked)
	blamedFor(t, chaos.TokenRevoked)
	within(t, 10*time.Second, "slots are bad", func() bool { return slots(t)["result=bad"] > before["result=bad"] })
	heal()
	recovers(t)
	must(t, home.RestartConsumer(t.Context()))
}
