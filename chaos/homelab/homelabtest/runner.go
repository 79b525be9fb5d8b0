package homelabtest

import (
	"log/slog"

	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Runner is the flow's, as an exporter that goes on running has it, silent and
// with its series in m.
func (h Home) Runner(m *metrics.Metrics) *runner.Runner {
	f := h.Flow
	return runner.New(
		runner.Flow{Name: f.Name, Interval: f.Interval, Timeout: f.Timeout, Hops: hop.Build(f, nil), Observers: hop.Observers(f), PKIRole: f.NAS.PKI.Role},
		runner.Shared{Log: slog.New(slog.DiscardHandler), Fingerprints: token.NewFingerprinter(), Metrics: m, Gates: runner.NewGates()},
	)
}
