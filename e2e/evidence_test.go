//go:build e2e

package e2e

import (
	"context"
	"strings"
	"sync"

	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// repository is the tree, from the folder in which tests run.
const repository = ".."

// measured are the figures that tests have found.
var measured struct {
	sync.Mutex
	values []evidence.Value
}

// measure notes a time that a criterion of the gate is about, in seconds.
func measure(name string, seconds float64) {
	measured.Lock()
	defer measured.Unlock()
	measured.values = append(measured.values, evidence.Value{Name: name, Value: seconds, Unit: "seconds"})
}

// keepMeasured writes what was measured as the evidence of the suite flow.
func keepMeasured(ctx context.Context, r evidence.Record) error {
	measured.Lock()
	defer measured.Unlock()
	r.Values = measured.values
	return r.Finish(ctx, repository)
}

// drilled fills in the evidence of the drills.
func drilled(r *evidence.Record, results []drill.Result, used drill.Uses) {
	longest := 0.0
	for _, result := range results {
		row := evidence.Row{Check: gate.CheckFaults, Name: result.Fault.Name, Result: evidence.Outcome(!result.Failed())}
		if result.Failed() {
			row.Why = strings.Join(result.Wrong(), "; ")
		}
		longest = max(longest, result.Recover.Seconds())
		r.Rows = append(r.Rows, row)
	}
	r.Values = append(r.Values,
		evidence.Value{Name: "recover_max", Value: longest, Unit: "seconds"},
		evidence.Value{Name: "uses", Value: float64(used.Outside), Unit: "uses"},
		evidence.Value{Name: "uses_failed", Value: float64(len(used.Failed)), Unit: "uses"},
	)
}
