package simulation

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos/oracle"
)

// Step is one line of a script.
type Step struct {
	Do    oracle.Verb
	Fault string        // of Break and Heal
	For   time.Duration // of Wait and Live
}

// String is the step as it stands in a script.
func (s Step) String() string {
	switch s.Do {
	case oracle.Break, oracle.Heal:
		return string(s.Do) + " " + s.Fault
	case oracle.Wait, oracle.Live:
		return string(s.Do) + " " + s.For.String()
	}
	return string(s.Do)
}

// Script is what is done in a run, in order.
type Script []Step

// String is the script as a file, which Parse reads.
func (s Script) String() string {
	var out strings.Builder
	for _, step := range s {
		fmt.Fprintln(&out, step)
	}
	return out.String()
}

// Parse reads a script: one step a line, of break FAULT, heal FAULT, rotate,
// restart, wait DURATION and live DURATION; what follows a # is for people.
func Parse(from io.Reader) (Script, error) {
	known := map[string]bool{}
	for _, f := range simulated {
		known[f.Name] = true
	}
	var script Script
	lines := bufio.NewScanner(from)
	for number := 1; lines.Scan(); number++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		step, err := parse(words, known)
		if err != nil {
			return nil, fmt.Errorf("reading the script, line %d: %w", number, err)
		}
		script = append(script, step)
	}
	return script, lines.Err()
}

// lives is for how long the tokens of the run live.
func (s Script) lives() time.Duration {
	for _, step := range s {
		if step.Do == oracle.Live {
			return step.For
		}
	}
	return tokenTTL
}

func parse(words []string, known map[string]bool) (Step, error) {
	step := Step{Do: oracle.Verb(words[0])}
	argument := strings.Join(words[1:], " ")
	switch step.Do {
	case oracle.Break, oracle.Heal:
		if !known[argument] {
			return Step{}, fmt.Errorf("got the fault %q, want one of docs/faults.md that is not the lab's alone", argument)
		}
		step.Fault = argument
	case oracle.Wait, oracle.Live:
		d, err := time.ParseDuration(argument)
		if err != nil || d < 0 {
			return Step{}, fmt.Errorf("got the time %q, want a duration such as 10m", argument)
		}
		step.For = d
	case oracle.Rotate, oracle.Restart:
		if argument != "" {
			return Step{}, fmt.Errorf("got %q behind %q, want nothing", argument, words[0])
		}
	default:
		return Step{}, fmt.Errorf("got %q, want break, heal, rotate, restart, wait or live", words[0])
	}
	return step, nil
}
