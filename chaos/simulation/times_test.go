//go:build !race

package simulation_test

import (
	"flag"
	"os"
	"strings"
	"sync"
	"testing"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/chaos/report"
)

var update = flag.Bool("update", false, "write ../testdata/times.tsv anew, from which docs/faults.md is made")

var reportTo = flag.String("report", "", "write a report of every fault into this folder")

// times are how long it takes until each fault is seen, told, and over.
const times = "../testdata/times.tsv"

// table gathers a line a fault. It is compared when all of the faults were played.
type table struct {
	mu    sync.Mutex
	lines map[string]string
	rows  map[string]report.Row
}

func newTable(t *testing.T) *table {
	table := &table{lines: map[string]string{}, rows: map[string]report.Row{}}
	t.Cleanup(func() { table.compare(t) })
	return table
}

func (x *table) add(s oracle.Spell, found []oracle.Finding) {
	f, _ := chaos.Find(s.Fault)
	if f.Link != nil || f.Front != nil {
		return // which are not played at true length every time
	}
	row := s.Times()
	r := report.Row{
		Fault: f, Name: f.Name, Receiver: s.Receiver, Held: s.Healed - s.Began,
		Detected: s.Detected, Told: s.Told, Recovered: s.Recovered, Resolved: s.Resolved,
	}
	for _, wrong := range found {
		r.Problems = append(r.Problems, wrong.String())
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rows[s.Fault] = r
	x.lines[s.Fault] = strings.Join(append([]string{s.Fault}, row[:]...), "\t") + "\n"
}

// compare holds what was played against the file, which -update writes where all
// was.
func (x *table) compare(t *testing.T) {
	var all strings.Builder
	run, whole := report.Run{Tier: "simulation"}, true
	for _, f := range chaos.Embedded() {
		if row, played := x.rows[f.Name]; played {
			run.Rows = append(run.Rows, row)
		}
		all.WriteString(x.lines[f.Name])
		whole = whole && (x.lines[f.Name] != "" || f.Front != nil)
	}
	if *reportTo != "" {
		if err := run.Write(*reportTo); err != nil {
			t.Error(err)
		}
	}
	if *update && !whole {
		t.Error("got some faults only, want all of them; -at-length plays them")
	} else if *update {
		if err := os.WriteFile(times, []byte(all.String()), 0o644); err != nil {
			t.Error(err)
		}
	}
	written, err := os.ReadFile(times)
	if err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(all.String()) {
		if !strings.Contains("\n"+string(written), "\n"+line) {
			t.Errorf("%s: want the line %q; -at-length -update writes it", times, line)
		}
	}
}
