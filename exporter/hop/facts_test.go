package hop_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// TestFacts holds what each hop finds beside pass or fail, and that each of it is a
// gauge of the catalogue with the labels that it has there.
func TestFacts(t *testing.T) {
	rows := map[string]catalogue.Metric{}
	for _, row := range catalogue.Metrics() {
		rows[row.Name] = row
	}
	got := map[flow.Hop][]string{}
	for _, h := range hop.Build(homelabtest.Start(t, homelabtest.OnRequest).Flow, nil) {
		reading, err := h.Check(t.Context())
		if err != nil {
			t.Errorf("%s: got %v", h.Name, err)
		}
		reading.Token.Destroy()
		for _, f := range reading.Facts {
			got[h.Name] = append(got[h.Name], f.Metric)
			row := rows[f.Metric]
			own := row.Labels[1:]
			if len(f.Labels) == 0 && slices.Equal(own, []string{"hop"}) {
				own = nil // the runner says it
			}
			if row.Type != catalogue.Gauge || len(f.Labels) != len(own) || row.From != "" && row.From != h.Name {
				t.Errorf("%s finds %+v, want what the catalogue says: %+v", h.Name, f, row)
			}
		}
		slices.Sort(got[h.Name])
		got[h.Name] = slices.Compact(got[h.Name])
	}
	sorted := func(metrics ...string) []string {
		slices.Sort(metrics)
		return metrics
	}
	want := map[flow.Hop][]string{
		flow.DockerExec: nil,
		flow.NASVault: sorted(catalogue.NASVaultInitialized, catalogue.NASVaultSealed, catalogue.NASVaultStandby, catalogue.NASVaultClockSkew,
			catalogue.VaultInfo, catalogue.VaultIdentity),
		flow.NASKV:          sorted(catalogue.KVVersion, catalogue.RotationOpen),
		flow.Broker:         sorted(catalogue.BrokerLastSuccess),
		flow.MainVault:      sorted(catalogue.VaultInfo, catalogue.VaultIdentity),
		flow.MainKV:         sorted(catalogue.KVVersion),
		flow.ExternalSecret: sorted(catalogue.ExternalReady, catalogue.ExternalRefresh),
		flow.K8sSecret:      nil,
		flow.Token:          sorted(catalogue.TokenValid, catalogue.TokenRoot, catalogue.TokenExpiry),
		flow.PKI:            nil,
		flow.Transit:        nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts by hop (-want +got):\n%s", diff)
	}
}
