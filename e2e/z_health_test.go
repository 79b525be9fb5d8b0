//go:build e2e

package e2e

import (
	"maps"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/lab"
)

const (
	unhealthy         = "homelab.io/nas-unhealthy"
	mainVaultFailures = `nas_hop_failures_total{hop="main_vault"}`
)

// TestNASDownForAnHour is an hour's outage in the lab's time, in which the main
// Vault is restarted: nothing but the NAS can unseal it.
func TestNASDownForAnHour(t *testing.T) {
	// Its schedule may have had it look during an earlier outage.
	runJob(t, lab.CronHealthCheck)
	if got := annotation(t); got != "" {
		t.Errorf("%s: got %q before the outage", unhealthy, got)
	}
	tiers(t, map[string]float64{"tier=cached_secret": 1, "tier=backup_configmap": 0, "tier=local_cache": 0}, func() {
		must(t, home.Rotate(t.Context(), lab.RotateOptions{KeepFallback: true}))
	})
	served := map[string]float64{"tier=cached_secret": 1, "tier=backup_configmap": 1, "tier=local_cache": 1}
	tiers(t, served, func() { must(t, home.StoreFallback(t.Context())) })
	recovers(t)
	must(t, home.RestartConsumer(t.Context()))

	began := time.Now()
	heal := breaks(t, chaos.NASDown)
	blames(t, "nas_vault", "connect_refused")
	if job := runJob(t, lab.CronHealthCheck); !job.Succeeded {
		t.Errorf("the health check: got a failed Job: %s", job.Log)
	}
	first := annotation(t)
	if !strings.HasSuffix(first, " connect_refused") {
		t.Errorf("%s: got %q, want a time and connect_refused", unhealthy, first)
	}
	// A Vault that cannot unseal itself by its seal does not even listen, which
	// ends what the link has taken.
	before := query(t, mainVaultFailures)["hop=main_vault reason=connection_reset"]
	awake := does(t, drill.MainRestarted)
	within(t, 30*time.Second, "the main Vault is seen to be down", func() bool {
		return query(t, "nas_hop_up")["hop=main_vault"] == 0 && query(t, mainVaultFailures)["hop=main_vault reason=connection_reset"] > before
	})
	blames(t, "nas_vault", "connect_refused")
	still(t, served)
	if got := consumer(t, true); got != "ok" {
		t.Errorf("the consumer's token: got %q, want ok: it does not depend on either Vault", got)
	}
	var deliver func()
	tiers(t, map[string]float64{"tier=cached_secret": 0, "tier=backup_configmap": 1, "tier=local_cache": 1}, func() {
		deliver = does(t, drill.SecretGone)
	})
	serves(t, "backup_configmap")
	runJob(t, lab.CronHealthCheck)
	if again := annotation(t); again != first {
		t.Errorf("%s: got %q, want it to keep the time of the first failure, %q", unhealthy, again, first)
	}

	heal()
	awake()
	t.Logf("the main Vault had unsealed itself %.1fs after the outage began", time.Since(began).Seconds())
	runJob(t, lab.CronHealthCheck)
	if got := annotation(t); got != "" {
		t.Errorf("%s: got %q after the outage", unhealthy, got)
	}
	must(t, home.RunBroker(t.Context()))
	deliver()
	recovers(t)
	must(t, home.RestartConsumer(t.Context()))
}

// annotation returns what the health check has noted on the Secret.
func annotation(t *testing.T) string {
	t.Helper()
	var secret struct {
		Metadata struct{ Annotations map[string]string }
	}
	must(t, home.Object(t.Context(), "api/v1", "secrets", "cluster-vars", &secret))
	return secret.Metadata.Annotations[unhealthy]
}

// tiers changes something and waits until the exporter says so of each tier.
func tiers(t *testing.T, want map[string]float64, change func()) {
	t.Helper()
	change()
	within(t, 20*time.Second, "the tiers are judged anew", func() bool {
		return maps.Equal(query(t, "nas_token_fallback_usable"), want)
	})
}

// still wants the tiers' judgement as it was.
func still(t *testing.T, want map[string]float64) {
	t.Helper()
	got := query(t, "nas_token_fallback_usable")
	if !maps.Equal(got, want) {
		t.Errorf("the tiers: got %v, want %v", got, want)
	}
}

// serves asks the shipped program for the token, as a person does in an
// emergency, and wants it from a tier.
func serves(t *testing.T, tier string) {
	t.Helper()
	want, err := home.Present(t.Context())
	must(t, err)
	printed, said, code, err := home.InExporter(t.Context(), "/bin/vault-health-exporter", "token", "--stdout", "--fallback", "--flow="+home.Flow(), configFile)
	must(t, err)
	if code != 0 || strings.TrimSpace(printed) != want || !strings.Contains(said, "tier "+tier+" served") {
		t.Errorf("token --fallback: got exit code %d, the token %t, said %s", code, strings.TrimSpace(printed) == want, said)
	}
	t.Logf("token --fallback: %s", strings.TrimSpace(said))
}

// configFile is the shipped exporter's.
const configFile = "--config.file=/etc/vault-health-exporter/vault-health-exporter.yaml"
