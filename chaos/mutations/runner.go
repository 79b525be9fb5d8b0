package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/simulation"
)

// testOf is one test of a package, and how long it takes without a mutation.
type testOf struct {
	binary
	name string
	took time.Duration
}

// patience is how long something may take that took so long without a mutation,
// before it is said to hang; a rehearsal has a day.
func patience(took time.Duration) time.Duration { return 5*time.Minute + 10*took }

const rehearsal = 24 * time.Hour

// runner plays faults and tests with one mutation on.
type runner struct {
	faults binary
	tests  []binary
	// reach are the faults that come to a mutation's place, by its name, and
	// tested the tests.
	reach  map[string][]string
	tested map[string][]testOf
	// killed is how many mutations a fault found.
	killed map[string]int
	// took is how long all of the faults took together.
	took time.Duration
	// judged is a file of what the rule of blame was asked about in each fault,
	// verdicts what it said.
	judged   string
	verdicts []string
}

// rehearse plays every fault that may find one of the mutations without any, and
// notes which places each comes to.
func (r *runner) rehearse(dir string, wanted []mutation) error {
	var names []string
	for _, f := range chaos.Simulated() {
		if !simulation.NeedsTLS(f) {
			names = append(names, f.Name)
		}
	}
	for _, f := range chaos.Simulated() { // which take longer
		if simulation.NeedsTLS(f) {
			names = append(names, f.Name)
		}
	}
	scripts, err := filepath.Glob(filepath.Join(r.faults.dir, "../regressions/*.txt"))
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(append(names, scripts...), func(name string) bool {
		return !slices.ContainsFunc(wanted, func(m mutation) bool { return concerns(m, name) })
	})
	notes := filepath.Join(dir, "reached")
	r.judged = filepath.Join(dir, "judged")
	env := []string{"MUTATIONS_REACHED=" + notes, "MUTATIONS_JUDGED=" + r.judged}
	began := time.Now()
	if killer := r.faults.run(rehearsal, env, "-test.timeout=0", "-test.run=^TestPlay$", "-faults="+strings.Join(names, ",")); killer != "" {
		return fmt.Errorf("playing the faults without a mutation: %s failed", killer)
	}
	r.took = time.Since(began)
	if err := reached(notes, func(fault, id string) { r.reach[id] = append(r.reach[id], fault) }); err != nil {
		return err
	}
	for id, all := range r.reach {
		if slices.Contains(all, "") { // when the program begins: any fault may
			r.reach[id] = names
		}
	}
	r.verdicts, err = r.judge(mutation{})
	return err
}

// byFault plays the faults that may find the mutation, the likeliest first.
func (r *runner) byFault(m mutation) (fault string) {
	names := slices.DeleteFunc(slices.Clone(r.reach[m.id]), func(name string) bool { return !concerns(m, name) })
	if m.given == "" {
		names = r.differing(m, names)
	}
	if len(names) == 0 {
		return ""
	}
	slices.SortStableFunc(names, func(a, b string) int { return r.likely(m, b) - r.likely(m, a) })
	killer := r.faults.run(patience(r.took), []string{"MUTATION=" + m.id}, "-test.timeout=0", "-test.run=^TestPlay$", "-faults="+strings.Join(names, ","))
	if killer == "" {
		return ""
	}
	fault = strings.TrimPrefix(killer, "TestPlay/")
	r.killed[fault]++
	return fault
}

// rehearseTests runs every test without a mutation, and notes which places each
// comes to.
func (r *runner) rehearseTests(dir string) error {
	for _, b := range r.tests {
		names, err := b.list()
		if err != nil {
			return err
		}
		for _, name := range names {
			notes := filepath.Join(dir, "reached-"+name)
			began := time.Now()
			if killer := b.run(rehearsal, []string{"MUTATIONS_REACHED=" + notes}, "-test.short", "-test.run=^"+name+"$"); killer != "" {
				return fmt.Errorf("running the tests of %q without a mutation: %s failed", b.dir, killer)
			}
			one := testOf{b, name, time.Since(began)}
			err := reached(notes, func(_, id string) {
				if !slices.Contains(r.tested[id], one) {
					r.tested[id] = append(r.tested[id], one)
				}
			})
			if err = cmp.Or(err, os.Remove(notes)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// reached reads which places were come to, and in what.
func reached(notes string, each func(in, id string)) error {
	content, err := os.Open(notes)
	if err != nil {
		return err
	}
	defer content.Close()
	lines := bufio.NewScanner(content)
	for lines.Scan() {
		in, id, _ := strings.Cut(lines.Text(), "\t")
		each(in, id)
	}
	return lines.Err()
}

// byTest asks those of the packages' own tests that come to the place.
func (r *runner) byTest(m mutation) (test string) {
	for _, b := range r.tests {
		var names []string
		var took time.Duration
		for _, one := range r.tested[m.id] {
			if one.binary == b {
				names, took = append(names, one.name), took+one.took
			}
		}
		if len(names) == 0 {
			continue
		}
		if killer := b.run(patience(took), []string{"MUTATION=" + m.id}, "-test.short", "-test.run=^("+strings.Join(names, "|")+")$"); killer != "" {
			return filepath.Base(b.dir) + "." + killer
		}
	}
	return ""
}
