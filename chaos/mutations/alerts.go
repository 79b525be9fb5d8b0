package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/exporter/tempdir"
)

// alertMutation is one alert broken in one way.
type alertMutation struct{ alert, how string }

func (m alertMutation) id() string { return m.alert + ": " + m.how }

// alertMutations are all of them, in the order of the rules.
func alertMutations() []alertMutation {
	groups, err := alerts.Groups()
	if err != nil { // which are compiled in, and have tests
		panic(err)
	}
	var all []alertMutation
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				all = append(all, alertMutation{r.Alert, neverFires}, alertMutation{r.Alert, tooLate})
			}
		}
	}
	return all
}

// rulesSwitch is the file that the mutated tree has in alerts: the rules are read
// where the environment says, so that one build has all mutations.
const rulesSwitch = `package alerts

import (
	"os"
	"path/filepath"
)

func mutated(name string) ([]byte, error) {
	if dir := os.Getenv("MUTATED_RULES"); dir != "" {
		return os.ReadFile(filepath.Join(dir, name))
	}
	return files.ReadFile(name)
}
`

// playAlerts plays recorded scrapes through broken rules in one process; what
// faults do not find is left to the tests of the alerts.
func playAlerts(root string, which choice) (score, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return score{}, err
	}
	command := exec.Command("go", "test", "./chaos/mutations", "-count=1", "-timeout=0", "-v", "-run=^TestAlerts$", "-alerts="+cmp.Or(which.only, "all"))
	command.Dir, command.Stderr = root, os.Stderr
	said, err := command.Output()
	if err != nil {
		return score{}, fmt.Errorf("playing the alerts: %w\n%s", err, said)
	}
	by := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(said)); lines.Scan(); {
		if id, fault, ok := strings.Cut(lines.Text(), "\t"); ok {
			by[id] = fault
		}
	}
	dir, remove, err := tempdir.Make("vault-health-exporter-mutations")
	if err != nil {
		return score{}, err
	}
	defer remove()
	tests, err := newAlertTests(root, dir)
	if err != nil {
		return score{}, err
	}
	var total score
	all := alertMutations()
	ids := make([]string, len(all))
	for i, m := range all {
		ids[i] = m.id()
	}
	chosen := which.of(ids)
	for i, m := range all {
		fault, played := by[m.id()]
		if !played || !chosen[i] {
			continue
		}
		test := ""
		if fault == "" {
			if test, err = tests.run(m); err != nil {
				return score{}, err
			}
		}
		total.count(m.id(), fault, test)
	}
	return total, nil
}

// alertTests are the alerts' own tests.
type alertTests struct {
	dir string // of the broken rules
	binary
}

func newAlertTests(root, dir string) (alertTests, error) {
	t := &tree{root: root, dir: dir, replace: map[string]string{}}
	source, err := os.ReadFile(filepath.Join(root, "alerts/alerts.go"))
	if err != nil {
		return alertTests{}, err
	}
	const plain, switched = "{ return files.ReadFile(name) }", "{ return mutated(name) }"
	if !bytes.Contains(source, []byte(plain)) {
		return alertTests{}, fmt.Errorf("looking for %q in alerts.go: it is not there", plain)
	}
	if err := errors.Join(
		t.put("alerts/alerts.go", bytes.Replace(source, []byte(plain), []byte(switched), 1)),
		t.put("alerts/mutation_switches.go", []byte(rulesSwitch)),
	); err != nil {
		return alertTests{}, err
	}
	b, err := t.build("alerts")
	if err != nil {
		return alertTests{}, err
	}
	tests := alertTests{dir, b}
	killer, err := tests.run(alertMutation{})
	if err == nil && killer != "" {
		err = fmt.Errorf("running the tests of the alerts without a mutation: %s failed", killer)
	}
	return tests, err
}

// run runs the alert's own cases and the lint, which judges what a rule says and
// not how it is written. Tests that compare texts would find every change. The
// cases wait for as long as the rule does, so one that waits for weeks is the
// lint's first.
func (a alertTests) run(m alertMutation) (killer string, err error) {
	for _, name := range alerts.Names() {
		content, err := alerts.File(name)
		if err != nil {
			return "", err
		}
		if content, _, err = breakRule(content, m.alert, m.how); err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(a.dir, name), content, 0o600); err != nil {
			return "", err
		}
	}
	env := []string{"MUTATED_RULES=" + a.dir}
	lint := func() string { return a.binary.run(patience(0), env, "-test.run=^TestLint$") }
	// Of TestAlerts some cases alone are not what its golden file has, so only a
	// failed case counts.
	own := func() string {
		cases := binary{path: a.path, dir: a.dir} // which look for the rules in their folder
		if killer := cases.run(patience(0), env, "-test.run=^TestAlerts$/^"+m.alert+"$"); strings.Contains(killer, "/") {
			return killer
		}
		return ""
	}
	order := []func() string{own, lint}
	if m.how == tooLate {
		order = []func() string{lint, own}
	}
	for _, tests := range order {
		if killer = tests(); killer != "" {
			return "alerts." + killer, nil
		}
	}
	return "", nil
}
