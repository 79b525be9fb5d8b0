//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// mainCopy reads the main Vault's copy of the token.
func mainCopy(t *testing.T) lab.Copy {
	t.Helper()
	found, err := home.MainCopy(t.Context())
	must(t, err)
	return found
}

// runJob runs one Job of a CronJob to its end.
func runJob(t *testing.T, cronJob string) lab.Job {
	t.Helper()
	job, err := home.RunJob(t.Context(), cronJob)
	must(t, err)
	return job
}

// event returns how often the broker's Event of this reason has happened.
func event(t *testing.T, reason string) int {
	t.Helper()
	var found struct{ Count int }
	err := home.Object(t.Context(), "api/v1", "events", lab.CronBroker+"."+strings.ToLower(reason), &found)
	if err != nil && !strings.Contains(err.Error(), "status 404") {
		t.Fatal(err)
	}
	return found.Count
}

// newBench starts a pod in which a CronJob's command is run many times.
func newBench(t *testing.T, cronJob string) *lab.Bench {
	t.Helper()
	bench, err := home.NewBench(t.Context(), cronJob)
	must(t, err)
	t.Cleanup(func() { must(t, bench.Close(context.WithoutCancel(t.Context()))) })
	return bench
}
