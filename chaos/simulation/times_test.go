//go:build !race

package simulation_test

import (
	"flag"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	row := s.Times()
	f, _ := chaos.Find(s.Fault)
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

func (x *table) compare(t *testing.T) {
	var want strings.Builder
	run := report.Run{Tier: "simulation"}
	for _, f := range chaos.Embedded() {
		want.WriteString(x.lines[f.Name])
		if row, played := x.rows[f.Name]; played {
			run.Rows = append(run.Rows, row)
		}
	}
	if *reportTo != "" {
		if err := run.Write(*reportTo); err != nil {
			t.Error(err)
		}
	}
	if len(x.lines) < len(chaos.Embedded()) {
		return // -run left some out
	}
	if *update {
		if err := os.WriteFile(times, []byte(want.String()), 0o644); err != nil {
			t.Error(err)
		}
	}
	got, err := os.ReadFile(times)
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("%s (-want +got); -update writes it:\n%s", times, diff)
	}
}
