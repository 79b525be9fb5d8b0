package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// sampled is how many mutations of each class one run plays; all of them take
// hours, and are played by themselves.
const sampled = 3

// runMutations breaks some of the product on purpose, those that the seed chooses.
func runMutations(ctx context.Context, b *Bench) error {
	return b.record(ctx, gate.SuiteMutations, func(r *evidence.Record, log io.Writer) error {
		output := b.path(Reports, "mutations.json")
		printed, exit, err := b.tool(ctx, log, "go", "run", "./chaos/mutations", "-sample="+strconv.Itoa(sampled), "-seed="+strconv.FormatUint(b.Seed, 10), "-output="+output)
		_, _ = log.Write(printed)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(output)
		if err != nil {
			return fmt.Errorf("reading the score, exit code %d: %w", exit, err)
		}
		var classes map[string]struct {
			Mutations   int `json:"mutations"`
			ByFaults    int `json:"foundByFaults"`
			ByTests     int `json:"foundByTests"`
			Explained   int `json:"explained"`
			Unexplained int `json:"unexplained"`
		}
		if err := json.Unmarshal(content, &classes); err != nil {
			return fmt.Errorf("reading the score: %w", err)
		}
		all, fine := 0, 0
		for name, c := range classes {
			all, fine = all+c.Mutations, fine+c.ByFaults+c.ByTests+c.Explained
			row := evidence.Row{Check: "mutations", Name: name, Result: evidence.Outcome(c.Unexplained == 0)}
			if c.Unexplained > 0 {
				row.Why = fmt.Sprintf("%d of %d were not found out; the stage's log names them", c.Unexplained, c.Mutations)
			}
			r.Rows = append(r.Rows, row)
		}
		r.Values = []evidence.Value{{Name: "mutations", Value: float64(all), Unit: "mutations"}, {Name: "found_or_explained", Value: float64(fine), Unit: "mutations"}}
		return nil
	})
}
