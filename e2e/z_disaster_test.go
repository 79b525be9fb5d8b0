//go:build e2e

package e2e

import (
	"testing"
	"time"

	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// TestDisaster loses the NAS Vault with its storage and restores it from what
// the backup's CronJob has kept.
func TestDisaster(t *testing.T) {
	must(t, home.RestartConsumer(t.Context())) // it may hold a token that was rotated since
	if job := runJob(t, lab.CronBackup); !job.Succeeded {
		t.Fatalf("the backup: got a failed Job: %s", job.Log)
	}
	within(t, 20*time.Second, "the snapshot's age is known", func() bool {
		return len(query(t, "time() - nas_vault_snapshot_timestamp_seconds < 60")) == 1
	})
	began := time.Now()
	restore := does(t, drill.NASLost)
	within(t, 20*time.Second, "the loss is seen", func() bool {
		return len(query(t, nasUnavailable)) == 1 && len(query(t, `nas_flow_blame{hop="nas_vault"} == 1`)) == 1
	})
	restore()
	t.Logf("restored and unsealed: %.1fs after the loss", time.Since(began).Seconds())
	recovers(t)
	t.Logf("disaster to green flow: %.1fs", time.Since(began).Seconds())
	if got := consumer(t, false); got != "ok" {
		t.Errorf("the consumer's token: got %q, want ok", got)
	}
}
