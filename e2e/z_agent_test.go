//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// TestThroughTheVaultAgent puts a real Vault Agent between the NAS Vault and the
// exporter and broker, which then have no login of their own there.
func TestThroughTheVaultAgent(t *testing.T) {
	must(t, home.StartAgent(t.Context()))
	t.Cleanup(func() { must(t, home.StopAgent(context.WithoutCancel(t.Context()))) })
	for _, object := range []string{"deployment/vault-health-exporter", "cronjob/nas-token-broker"} {
		spec, err := home.Kubectl(t.Context(), "--namespace=nas-integration", "get", object, "--output=jsonpath={.spec}")
		must(t, err)
		if strings.Contains(spec, "nas-vault\"") || strings.Contains(spec, "nas-login") {
			t.Errorf("%s: got a login at the NAS Vault in %s", object, spec)
		}
	}
	printed, said, code, err := home.InExporter(t.Context(), "/bin/vault-health-exporter", "--once", configFile)
	must(t, err)
	if code != 0 {
		t.Errorf("vault-health-exporter --once: got exit code %d: %s%s", code, printed, said)
	}
	t.Logf("vault-health-exporter --once:\n%s", printed)

	must(t, home.Rotate(t.Context(), lab.RotateOptions{KeepCopy: true}))
	want, err := home.Present(t.Context())
	must(t, err)
	job := runJob(t, lab.CronBroker)
	if !job.Succeeded || mainCopy(t).Token != want {
		t.Errorf("the broker: got succeeded %t, the token moved %t, log %s", job.Succeeded, mainCopy(t).Token == want, job.Log)
	}
	recovers(t)
	must(t, home.RestartConsumer(t.Context()))
}
