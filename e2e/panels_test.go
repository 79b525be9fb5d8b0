//go:build e2e

package e2e

import (
	"testing"

	"homelab.io/vault-health-exporter/dashboards"
)

// TestEveryPanelHasData executes every query of every dashboard against the
// lab's Prometheus.
func TestEveryPanelHasData(t *testing.T) {
	recovers(t)
	must(t, dashboards.Check(t.Context(), home.PrometheusURL()))
}
