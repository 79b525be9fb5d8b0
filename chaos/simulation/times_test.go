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
)

var update = flag.Bool("update", false, "write ../testdata/times.tsv anew, from which docs/faults.md is made")

// times are how long it takes until each fault is seen, told, and over.
const times = "../testdata/times.tsv"

// table gathers a line a fault. It is compared when all of the faults were played.
type table struct {
	mu    sync.Mutex
	lines map[string]string
}

func newTable(t *testing.T) *table {
	table := &table{lines: map[string]string{}}
	t.Cleanup(func() { table.compare(t) })
	return table
}

func (x *table) add(s oracle.Spell) {
	row := s.Times()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lines[s.Fault] = strings.Join(append([]string{s.Fault}, row[:]...), "\t") + "\n"
}

func (x *table) compare(t *testing.T) {
	var want strings.Builder
	for _, f := range chaos.Embedded() {
		want.WriteString(x.lines[f.Name])
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
