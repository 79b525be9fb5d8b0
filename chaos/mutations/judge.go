package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// answer begins a line of TestJudge: a fault, and a verdict of one of its slots.
const answer = "JUDGED\t"

// judge asks the rule of blame, which is a pure function, about every slot of
// every fault once more.
func (r *runner) judge(m mutation) (verdicts []string, err error) {
	command := exec.Command(r.faults.path, "-test.run=^TestJudge$", "-judged="+r.judged) // #nosec G204 -- it was built here
	command.Dir, command.Env = r.faults.dir, append(os.Environ(), "MUTATION="+m.id)
	said, err := command.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("judging every slot again: %w", err)
	}
	for line := range strings.Lines(string(said)) {
		if verdict, ok := strings.CutPrefix(line, answer); ok {
			verdicts = append(verdicts, verdict)
		}
	}
	return verdicts, nil
}

// differing are those of the faults in which a mutation of the rule changes a
// verdict. The others say what they said without it. Where it ends the program,
// all are left.
func (r *runner) differing(m mutation, faults []string) []string {
	verdicts, err := r.judge(m)
	if err != nil || len(verdicts) != len(r.verdicts) {
		return faults
	}
	changed := map[string]bool{}
	for i, verdict := range verdicts {
		if verdict != r.verdicts[i] {
			fault, _, _ := strings.Cut(verdict, "\t")
			changed[fault] = true
		}
	}
	return slices.DeleteFunc(faults, func(name string) bool { return !changed[name] })
}
