package simulation_test

import (
	"slices"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/simulation"
	"homelab.io/vault-health-exporter/exporter/config"
)

// TestOfWhatIsNotThereNobodyIsTold: a flow from one Vault to a Secret raises the
// alerts of its own hops and no others.
func TestOfWhatIsNotThereNobodyIsTold(t *testing.T) {
	rules, err := simulation.Rules()
	if err != nil {
		t.Fatal(err)
	}
	oneVault := func(f *config.Flow) { f.NAS, f.Main.Kubernetes.Broker = config.NAS{}, nil }
	for _, name := range []string{chaos.MainSealed, chaos.MainKVDeleted, chaos.ESOStopped, chaos.SecretDeleted, chaos.BrokerFailed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := chaos.Embedded()[slices.IndexFunc(chaos.Embedded(), func(f chaos.Fault) bool { return f.Name == name })]
			want := slices.DeleteFunc(slices.Sorted(slices.Values(f.Embedded.Alerts)), func(alert string) bool {
				return strings.HasPrefix(alert, "NASTokenBroker") || name == chaos.BrokerFailed
			})
			h := simulation.RunPaged(t, simulation.Alone(f, rules), simulation.Options{Flow: oneVault})
			if got := simulation.Raised(h); !slices.Equal(got, want) {
				t.Errorf("got the alerts %q raised, want %q", got, want)
			}
		})
	}
}
