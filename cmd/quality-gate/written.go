package main

import (
	"homelab.io/vault-health-exporter/chaos/report"
	"homelab.io/vault-health-exporter/e2e/drill"
)

// write writes what came of the drills into the folder that was asked for.
func (g program) write(results []drill.Result) error {
	if g.report == "" {
		return nil
	}
	run := report.Run{Tier: g.tier, Seed: g.seed}
	for _, r := range results {
		row := report.Row{
			Fault: r.Fault, Name: r.Fault.Name, Held: r.Detect, Detected: r.Detect, Recovered: r.Recover,
			Told: report.Never, Resolved: report.Never, Problems: r.Problems, // a drill does not wait for the pager
		}
		if r.Fault.Hop == "" {
			row.Detected = report.Never // of a control there is nothing to see
		}
		for _, page := range r.Pages {
			row.Problems = append(row.Problems, "false page "+page)
		}
		run.Rows = append(run.Rows, row)
	}
	return run.Write(g.report)
}
