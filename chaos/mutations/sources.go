package main

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"homelab.io/vault-health-exporter/exporter/tempdir"
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

// play makes the mutations of a class, one at a time.
func play(name, root string, which choice) (score, error) {
	if name == "alerts" {
		return playAlerts(root, which)
	}
	c, ok := classes[name]
	if !ok {
		return score{}, fmt.Errorf("looking for the class %q: want alerts, blame or reasons", name)
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return score{}, err
	}
	dir, remove, err := tempdir.Make("vault-health-exporter-mutations")
	if err != nil {
		return score{}, err
	}
	defer remove()
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
	r := &runner{reach: map[string][]string{}, tested: map[string][]testOf{}, killed: map[string]int{}}
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
	ids := make([]string, len(t.mutations))
	for i, m := range t.mutations {
		ids[i] = m.id
	}
	var wanted []mutation
	for _, i := range slices.Sorted(maps.Keys(which.of(ids))) {
		wanted = append(wanted, t.mutations[i])
	}
	if len(wanted) == 0 {
		return total, fmt.Errorf("looking for mutations with %q in their names: there is none", which.only)
	}
	if err := errors.Join(r.rehearse(dir, wanted), r.rehearseTests(dir)); err != nil {
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
