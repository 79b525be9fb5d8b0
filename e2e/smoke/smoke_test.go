package smoke_test

import (
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/e2e/smoke"
	"homelab.io/vault-health-exporter/exporter/config"
)

func ask(t *testing.T, f config.Flow) (table string, yes bool) {
	t.Helper()
	answers, err := smoke.Ask(t.Context(), &config.Config{Flows: []config.Flow{f}})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	yes, err = smoke.WriteTable(&out, answers)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), yes
}

// TestTheFourQuestions asks a flow that works, one of which something is broken,
// and one that has not all hops.
func TestTheFourQuestions(t *testing.T) {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	if table, yes := ask(t, home.Flow); !yes || strings.Count(table, " yes") != 4 {
		t.Errorf("got all yes %t:\n%s", yes, table)
	}
	if err := home.Break(chaos.NASSeal); err != nil {
		t.Fatal(err)
	}
	table, yes := ask(t, home.Flow)
	if yes || !strings.Contains(table, "no      nas_vault: sealed") || !strings.Contains(table, "nas_kv: sealed") {
		t.Errorf("got all yes %t of a Vault that is sealed:\n%s", yes, table)
	}
	if err := home.Heal(chaos.NASSeal); err != nil {
		t.Fatal(err)
	}
	without := home.Flow
	without.NAS.Transit = nil
	if table, yes := ask(t, without); yes || !strings.Contains(table, "unknown  transit: the flow has none") {
		t.Errorf("got all yes %t of a flow without transit:\n%s", yes, table)
	}
}
