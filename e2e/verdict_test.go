//go:build e2e

package e2e

import (
	"context"
	"testing"
)

// TestOwnRightsGoneIsNoOutage takes the exporter's rights away: applications are
// served as before, so no slot is bad, and nobody is paged for them.
func TestOwnRightsGoneIsNoOutage(t *testing.T) {
	before := slots(t)
	must(t, kubectl(t.Context(), "-n", "nas-integration", "delete", "rolebinding", "vault-health-exporter"))
	back := func(ctx context.Context) error { _, err := home.Apply(ctx); return err }
	t.Cleanup(func() { _ = back(context.WithoutCancel(t.Context())) })
	inconclusive(t, before, "forbidden")
	must(t, back(t.Context()))
	recovers(t)
}

// TestAPIGoneIsNoOutage takes the Kubernetes API from the exporter: whether
// applications are served cannot be read, and is not called bad for it.
func TestAPIGoneIsNoOutage(t *testing.T) {
	before := slots(t)
	must(t, home.CutAPI(t.Context()))
	t.Cleanup(func() { _ = home.RestoreAPI(context.WithoutCancel(t.Context())) })
	inconclusive(t, before, "connect_timeout")
	must(t, home.RestoreAPI(t.Context()))
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
	must(t, home.SuspendBroker(t.Context(), true))
	t.Cleanup(func() { _ = home.SuspendBroker(context.WithoutCancel(t.Context()), false) })
	blames(t, "broker", "suspended")
	_, err := home.Main().KVv2("secret").Put(t.Context(), "nas/vault-token", map[string]any{"token": "fetching the token\n" + kept.Token})
	must(t, err)
	blames(t, "main_kv", "ambiguous")
	must(t, home.SuspendBroker(t.Context(), false))
	must(t, home.RunBroker(t.Context()))
	must(t, home.SyncSecret(t.Context()))
	recovers(t)
}

// TestAnotherVaultAtTheAddress: it is unsealed, active and of the same version,
// and it is not the Vault that the flow is about.
func TestAnotherVaultAtTheAddress(t *testing.T) {
	undo, err := home.SwapNASVault(t.Context())
	must(t, err)
	t.Cleanup(func() { _ = undo(context.WithoutCancel(t.Context())) })
	within(t, 2*interval+timeout+2*scrape, "the other Vault is named", func() bool {
		return query(t, "nas_flow_blame")["hop=nas_vault reason=other_vault"] == 1
	})
	must(t, undo(t.Context()))
	recovers(t)
}
