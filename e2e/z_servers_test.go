//go:build e2e

package e2e

import (
	"testing"

	"homelab.io/vault-health-exporter/chaos"
)

func TestNASEnginesAreMeasured(t *testing.T) {
	for series, least := range map[string]float64{
		"nas_pki_issuance_success_total":          1,
		"nas_pki_issuance_duration_seconds_count": 1,
	} {
		if got := query(t, series)["role=canary"]; got < least {
			t.Errorf("%s: got %v, want at least %v", series, got, least)
		}
	}
	for _, name := range []string{chaos.PKIUnmounted, chaos.TransitUnmounted} {
		heal := breaks(t, name)
		blamedFor(t, name)
		heal()
		recovers(t)
	}
}
func TestSealed(t *testing.T) {
	heal := breaks(t, chaos.NASSeal)
	blamedFor(t, chaos.NASSeal)
	if got := query(t, "nas_vault_sealed == 1"); len(got) != 1 {
		t.Errorf("nas_vault_sealed: got %v, want 1", got)
	}
	heal()
	recovers(t)
}

func TestDockerCertificatesExpired(t *testing.T) {
	for name, endpoint := range map[string]string{chaos.DockerClientExpired: "docker_client", chaos.DockerCertExpired: "docker"} {
		heal := breaks(t, name)
		blamedFor(t, name)
		expired(t, "endpoint="+endpoint)
		heal()
		recovers(t)
	}
}

// expired checks that exactly one endpoint's certificate is seen to be over,
// although no handshake with it succeeds any more.
func expired(t *testing.T, endpoint string) {
	t.Helper()
	got := query(t, "nas_tls_certificate_expiry_timestamp_seconds < time()")
	if _, ok := got[endpoint]; !ok || len(got) != 1 {
		t.Errorf("expired certificates: got %v, want only %s", got, endpoint)
	}
}

// TestAFailureIsInItsTrace: status and reason of the request, of the check, and
// of the slot that they spoiled.
func TestAFailureIsInItsTrace(t *testing.T) {
	heal := breaks(t, chaos.NASSeal)
	within(t, sendDelay+5*interval, "a trace tells of the seal", func() bool {
		for _, trace := range traces(t) {
			slot, check := named(trace, "slot"), named(trace, "check nas_vault")
			request := below(trace, check)
			if slot.Attributes["hop"] == "nas_vault" && slot.Attributes["reason"] == "sealed" && slot.Attributes["result"] == "degraded" &&
				check.Error == "sealed" && request.Name == "vault_health" && request.Error == "sealed" {
				return true
			}
		}
		return false
	})
	heal()
	recovers(t)
}
