package suite

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// ratio is what one benchmark may cost, as a multiple of another one of the same
// run: the speed of the machine cancels out.
type ratio struct {
	name, of, to string
	limit        float64
}

// ratios are of the benchmarks of the package exporter. Each limit is twice what
// was measured when it was written, rounded up.
var ratios = []ratio{
	{"a slot of every hop, to one bare TLS request", "BenchmarkSlot", "BenchmarkRequest", 40},
	{"a scrape, to a slot", "BenchmarkScrape", "BenchmarkSlot", 0.1},
}

func runPerformance(ctx context.Context, b *Bench) error {
	return b.record(ctx, gate.SuitePerformance, func(r *evidence.Record, log io.Writer) error {
		printed, exit, err := b.tool(ctx, log, "go", "test", "-run=^$", "-bench=.", "-count=3", "./exporter")
		_, _ = log.Write(printed)
		if err != nil || exit != 0 {
			return fmt.Errorf("running the benchmarks: exit code %d: %w", exit, err)
		}
		times := benchmarks(printed)
		for _, want := range ratios {
			of, to := times[want.of], times[want.to]
			if of == 0 || to == 0 {
				r.Rows = append(r.Rows, could("ratio", want.name, fmt.Errorf("got no time of %s and of %s", want.of, want.to)))
				continue
			}
			now := of / to
			r.Values = append(r.Values, evidence.Value{Name: want.name, Value: now, Unit: "ratio"})
			row := evidence.Row{Check: "ratio", Name: want.name, Result: evidence.Outcome(now <= want.limit)}
			if now > want.limit {
				row.Why = fmt.Sprintf("got %.2f, want at most %g", now, want.limit)
			}
			r.Rows = append(r.Rows, row)
		}
		return nil
	})
}

var benchmarkLine = regexp.MustCompile(`(?m)^(Benchmark\w+?)(?:-\d+)?\s.*\s([0-9.]+) cpu-ns/op`)

// benchmarks are the shortest processor times of each in a run, in nanoseconds: what
// other work on the machine adds is not the benchmark's.
func benchmarks(printed []byte) map[string]float64 {
	times := map[string]float64{}
	for _, found := range benchmarkLine.FindAllSubmatch(bytes.TrimSpace(printed), -1) {
		ns, err := strconv.ParseFloat(string(found[2]), 64)
		name := string(found[1])
		if err == nil && (times[name] == 0 || ns < times[name]) {
			times[name] = ns
		}
	}
	return times
}
