package hop_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestOperationsAreThoseOfTheChecks: one that a hop does not name has a histogram
// that begins with its first request, and one that it never makes costs lines.
func TestOperationsAreThoseOfTheChecks(t *testing.T) {
	for _, h := range hop.Build(homelabtest.Start(t, homelabtest.OnRequest).Flow, nil) {
		reading, err := h.Check(t.Context())
		if err != nil {
			t.Errorf("%s: got %v", h.Name, err)
		}
		reading.Token.Destroy()
		var want, got []string
		for _, op := range h.Operations {
			want = append(want, op.Name)
		}
		for _, step := range reading.Steps {
			if step.Operation != upstream.OpVaultLogout.Name { // only of a role whose tokens Vault keeps; the shipped one's it does not
				got = append(got, step.Operation)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
			t.Errorf("%s (-named +made):\n%s", h.Name, diff)
		}
	}
}

// TestEachCheckNamesTheServerThatItAsks: how many go on at once is bounded by it.
func TestEachCheckNamesTheServerThatItAsks(t *testing.T) {
	f := homelabtest.Start(t, homelabtest.OnRequest).Flow
	asked := map[string][]string{}
	for _, h := range hop.Build(f, nil) {
		asked[h.Upstream] = append(asked[h.Upstream], string(h.Name))
	}
	want := map[string][]string{
		f.NAS.Docker.Host:                            {"docker_exec"},
		f.NAS.Vault.Address:                          {"nas_vault", "nas_kv", "token", "pki", "transit"},
		f.Main.Vault.Address:                         {"main_vault", "main_kv"},
		"kubernetes " + f.Main.Kubernetes.Kubeconfig: {"broker", "external_secret", "k8s_secret"},
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
