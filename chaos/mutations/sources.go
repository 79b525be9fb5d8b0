package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/simulation"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// class is a kind of mutation of Go files.
type class struct {
	visit func(root string) (visitor, error)
	files []string
	// tests are the packages whose own tests are asked where no fault finds it.
	tests []string
}

var classes = map[string]class{
	"blame": {
		visit: func(string) (visitor, error) { return conditions, nil },
		files: []string{"exporter/flow/blame.go", "exporter/flow/trouble.go", "exporter/flow/explain.go"},
		tests: []string{"exporter/flow"},
	},
	"reasons": {
		visit: func(root string) (visitor, error) {
			known, err := constants(root)
			return givenReasons(known), err
		},
		files: []string{"exporter/reason/classify.go", "exporter/upstream/*.go", "exporter/hop/*.go"},
		tests: []string{"exporter/reason", "exporter/upstream", "exporter/hop"},
	},
}

const (
	faultLimit = 10 * time.Minute
	testLimit  = 3 * time.Minute
)

// play makes the mutations of a class, one at a time.
func play(name, root, only string) (score, error) {
	if name == "alerts" {
		return playAlerts(root, only)
	}
	c, ok := classes[name]
	if !ok {
		return score{}, fmt.Errorf("looking for the class %q: want alerts, blame or reasons", name)
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return score{}, err
	}
	dir, err := os.MkdirTemp("", "mutations")
	if err != nil {
		return score{}, err
	}
	defer os.RemoveAll(dir)
	t, err := newTree(root, dir)
	if err != nil {
		return score{}, err
	}
	visit, err := c.visit(root)
	if err != nil {
		return score{}, err
	}
	if err := t.mutate(visit, c.files...); err != nil {
		return score{}, err
	}
	r := &runner{killed: map[string]int{}}
	if r.faults, err = t.build("chaos/mutations"); err != nil {
		return score{}, err
	}
	for _, pkg := range c.tests {
		b, err := t.build(pkg)
		if err != nil {
			return score{}, err
		}
		r.tests = append(r.tests, b)
	}
	var total score
	wanted := slices.DeleteFunc(t.mutations, func(m mutation) bool { return !strings.Contains(m.id, only) })
	if len(wanted) == 0 {
		return total, fmt.Errorf("looking for mutations with %q in their names: there is none", only)
	}
	if err := r.rehearse(dir, wanted); err != nil {
		return total, err
	}
	for _, m := range wanted {
		fault := r.byFault(m)
		test := ""
		if fault == "" {
			test = r.byTest(m)
		}
		total.count(m.id, fault, test)
	}
	return total, nil
}

// runner plays faults and tests with one mutation on.
type runner struct {
	faults binary
	tests  []binary
	// reach are the faults that come to a mutation's place, by its name.
	reach map[string][]string
	// killed is how many mutations a fault found.
	killed map[string]int
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
	env := []string{"MUTATIONS_REACHED=" + notes}
	if killer := r.faults.run(time.Hour, env, "-test.timeout=0", "-test.run=^TestPlay$", "-faults="+strings.Join(names, ",")); killer != "" {
		return fmt.Errorf("playing the faults without a mutation: %s failed", killer)
	}
	for _, b := range r.tests {
		if killer := b.run(testLimit, nil, "-test.short"); killer != "" {
			return fmt.Errorf("running the tests of %q without a mutation: %s failed", b.dir, killer)
		}
	}
	content, err := os.Open(notes)
	if err != nil {
		return err
	}
	defer content.Close()
	r.reach = map[string][]string{}
	for lines := bufio.NewScanner(content); lines.Scan(); {
		fault, id, _ := strings.Cut(lines.Text(), "\t")
		r.reach[id] = append(r.reach[id], fault)
	}
	for id, all := range r.reach {
		if slices.Contains(all, "") { // when the program begins: any fault may
			r.reach[id] = names
		}
	}
	return nil
}

// byFault plays the faults that may find the mutation, the likeliest first.
func (r *runner) byFault(m mutation) (fault string) {
	names := slices.DeleteFunc(slices.Clone(r.reach[m.id]), func(name string) bool { return !concerns(m, name) })
	if len(names) == 0 {
		return ""
	}
	slices.SortStableFunc(names, func(a, b string) int { return r.likely(m, b) - r.likely(m, a) })
	killer := r.faults.run(faultLimit, []string{"MUTATION=" + m.id}, "-test.timeout=0", "-test.run=^TestPlay$", "-faults="+strings.Join(names, ","))
	if killer == "" {
		return ""
	}
	fault = strings.TrimPrefix(killer, "TestPlay/")
	r.killed[fault]++
	return fault
}

// concerns reports whether a fault may find a mutation, of those that come to its
// place: one that shows the reason; of a condition one that breaks something
// itself, and of what is before a server or on a link one of each sort.
func concerns(m mutation, name string) bool {
	f, known := chaos.Find(name)
	switch {
	case !known: // a script, which is about what is blamed
		return m.given == ""
	case m.given != "":
		return slices.ContainsFunc(f.Shows(), func(one chaos.Finding) bool { return string(one.Reason) == m.given })
	case f.Link != nil:
		return f.Link.Toxic.Kind == chaos.Cut
	case f.Front != nil:
		return f.Front.Does == chaos.Unauthorizes || f.Front.Does == chaos.Throttles
	}
	return !simulation.NeedsTLS(f) && alone[f.Name]
}

// alone are the first faults that look to the rule of blame as they do: the same
// hops fail, for reasons of the same groups.
var alone = func() map[string]bool {
	first, like := map[string]bool{}, map[string]bool{}
	for _, f := range chaos.Simulated() {
		looks := ""
		for _, one := range f.Shows() {
			looks += fmt.Sprintf("%s %s ", one.Hop, one.Reason.Group())
			if one.Reason.Group() == reason.Kubernetes || one.Reason.Group() == reason.Credential {
				looks += string(one.Reason) // of which each means something else
			}
		}
		first[f.Name], like[looks] = !like[looks], true
	}
	return first
}()

// likely is higher the likelier a fault finds a mutation.
func (r *runner) likely(m mutation, fault string) int {
	score := min(r.killed[fault], 50)
	f, known := chaos.Find(fault)
	switch {
	case !known: // a script, which takes longer
		score -= 100
	case simulation.NeedsTLS(f):
		score -= 10
	}
	if known && m.given != "" && string(f.Reason) == m.given {
		score += 1000
	}
	return score
}

// byTest asks the packages' own tests.
func (r *runner) byTest(m mutation) (test string) {
	for _, b := range r.tests {
		if killer := b.run(testLimit, []string{"MUTATION=" + m.id}, "-test.short"); killer != "" {
			return filepath.Base(b.dir) + "." + killer
		}
	}
	return ""
}
