//go:build e2e

package e2e

import (
	"testing"

	"homelab.io/vault-health-exporter/chaos"
)

// TestOwnRightsGoneIsNoOutage takes the exporter's rights away: applications are
// served as before, so no slot is bad, and nobody is paged for them.
func TestOwnRightsGoneIsNoOutage(t *testing.T) {
	before := slots(t)
	heal := breaks(t, chaos.K8sForbidden)
	inconclusive(t, before, "forbidden")
	heal()
	recovers(t)
}

// TestAPIGoneIsNoOutage takes the Kubernetes API from the exporter: whether
// applications are served cannot be read, and is not called bad for it.
func TestAPIGoneIsNoOutage(t *testing.T) {
	before := slots(t)
	heal := breaks(t, chaos.K8sSilent)
	inconclusive(t, before, "connect_timeout")
	heal()
	recovers(t)
}

// inconclusive waits for slots in which nothing was learned about applications,
// for the given reason at the Secret, and fails where one of them was called bad
// or a page is under way.
func inconclusive(t *testing.T, before map[string]float64, why string) {
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
	if pages := query(t, `ALERTS{severity="page"}`); len(pages) > 0 {
		t.Errorf("got %v under way, want no page", pages)
	}
}

// TestSuspendedBrokerDoesNotExplainAPollutedCopy: what did not run cannot have
// written log lines into the copy.
func TestSuspendedBrokerDoesNotExplainAPollutedCopy(t *testing.T) {
	kept := mainCopy(t)
	heal := breaks(t, chaos.BrokerSuspended)
	blamedFor(t, chaos.BrokerSuspended)
	_, err := home.Main().KVv2("secret").Put(t.Context(), "nas/vault-token", map[string]any{"token": "fetching the token\n" + kept.Token})
	must(t, err)
	blames(t, "main_kv", "ambiguous")
	heal()
	must(t, home.RunBroker(t.Context()))
	must(t, home.SyncSecret(t.Context()))
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
