//go:build e2e

package e2e

import (
	"testing"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/drill"
)

// TestOwnRightsGoneIsNoOutage takes the exporter's rights away: applications are
// served as before, so no slot is bad, and nobody is paged for them.
func TestOwnRightsGoneIsNoOutage(t *testing.T) {
	before, pages := slots(t), paging(t)
	heal := breaks(t, chaos.K8sForbidden)
	inconclusive(t, before, pages, "forbidden")
	heal()
	recovers(t)
}

// TestAPIGoneIsNoOutage takes the Kubernetes API from the exporter: whether
// applications are served cannot be read, and is not called bad for it.
func TestAPIGoneIsNoOutage(t *testing.T) {
	before, pages := slots(t), paging(t)
	heal := breaks(t, chaos.K8sSilent)
	inconclusive(t, before, pages, "connect_timeout")
	heal()
	recovers(t)
}

// inconclusive waits for slots in which nothing was learned about applications,
// for the given reason at the Secret, and fails where one of them was called bad
// or another page is under way than before.
func inconclusive(t *testing.T, before, pages map[string]float64, why string) {
	t.Helper()
	const wanted = 5 // slots
	within(t, (wanted+2)*interval+2*scrape, "slots that say nothing about applications", func() bool {
		now := slots(t)
		return now["result=inconclusive"] >= before["result=inconclusive"]+wanted
	})
	now := slots(t)
	if now["result=bad"] > before["result=bad"] {
		t.Errorf("got %g bad slots, want none", now["result=bad"]-before["result=bad"])
	}
	failed := query(t, `increase(nas_hop_failures_total{hop="k8s_secret"}[10s]) > 0`)
	if failed["hop=k8s_secret reason="+why] == 0 {
		t.Errorf("got failures %v at k8s_secret, want the reason %q", failed, why)
	}
	for page := range paging(t) {
		if _, was := pages[page]; !was {
			t.Errorf("got %s under way, want no page", page)
		}
	}
}

// paging are the pages that fire or are about to, but for the objectives', whose
// windows are longer than the lab is old.
func paging(t *testing.T) map[string]float64 {
	t.Helper()
	return query(t, `count by (alertname, flow) (ALERTS{severity="critical",scope!="slo"})`)
}

// TestSuspendedBrokerDoesNotExplainAPollutedCopy: what did not run cannot have
// written log lines into the copy.
func TestSuspendedBrokerDoesNotExplainAPollutedCopy(t *testing.T) {
	resume := breaks(t, chaos.BrokerSuspended)
	blamedFor(t, chaos.BrokerSuspended)
	heal := does(t, drill.CopyPolluted)
	blames(t, "main_kv", "ambiguous")
	resume()
	heal()
	recovers(t)
}

// TestAnotherVaultAtTheAddress: it is unsealed, active and of the same version,
// and it is not the Vault that the flow is about.
func TestAnotherVaultAtTheAddress(t *testing.T) {
	heal := breaks(t, chaos.NASOther)
	within(t, 2*interval+timeout+2*scrape, "the other Vault is named", func() bool {
		return query(t, "nas_flow_blame")["hop=nas_vault reason=other_vault"] == 1
	})
	heal()
	recovers(t)
}
