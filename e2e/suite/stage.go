// Package suite runs the suites that the quality gate judges, each as a stage
// that keeps what it found as evidence.
package suite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// Stage is a step of the gate.
type Stage struct {
	Name string
	// Lab says that it needs the lab, which those of the names lab-up and lab-down
	// start and remove.
	Lab bool
	// Suites are those that it keeps evidence of.
	Suites []string
	// Does is what it does, in words.
	Does string
	run  func(context.Context, *Bench) error
}

// Bench is what the stages of one run share.
type Bench struct {
	// Root is the tree, and Seed what plays the run again.
	Root string
	Seed uint64
	// Manifests is the folder with somebody else's, where those are judged.
	Manifests string
	// Say tells a person how it goes on.
	Say func(format string, args ...any)
	// Tests gets the closing lines of every go test.
	Tests io.Writer
	// lab is the one of this run, between the stages that start and remove it.
	lab *lab.Lab
}

// Reports is the folder of a run's files, below the tree's root.
const Reports = ".build/gate"

func (b *Bench) path(elements ...string) string {
	return filepath.Join(append([]string{b.Root}, elements...)...)
}

// logOf is the file that gets what a suite prints.
func logOf(suite string) string { return Reports + "/logs/" + suite + ".log" }

// log opens it.
func (b *Bench) log(suite string) (io.WriteCloser, error) {
	path := b.path(logOf(suite))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the folder for logs: %w", err)
	}
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
}

// record runs what fills in a suite's evidence and writes it; the log gets all else
// that it prints. What did not end leaves no evidence behind, not even an older one.
func (b *Bench) record(ctx context.Context, suite string, fill func(r *evidence.Record, log io.Writer) error) error {
	r, err := evidence.Begin(ctx, b.Root, suite)
	if err != nil {
		return err
	}
	log, err := b.log(suite)
	if err != nil {
		return err
	}
	defer log.Close()
	r.Seed, r.Files = b.Seed, []string{logOf(suite)}
	if err := fill(&r, log); err != nil {
		return fmt.Errorf("running the suite %q: %w", suite, err)
	}
	return r.Finish(ctx, b.Root)
}

// Choose returns the stages that criteria need, of which only may name one, from
// one on. Whatever uses the lab needs those that start and remove it.
func Choose(criteria []gate.Criterion, only, from string) ([]Stage, error) {
	var suites []string
	for _, c := range criteria {
		if only == "" || c.Name == only {
			suites = append(suites, c.Suites()...)
		}
	}
	if len(suites) == 0 {
		return nil, fmt.Errorf("choosing the criterion %q: there is none of that name; quality-gate criteria lists them", only)
	}
	chosen := needed(suites)
	if from != "" {
		at := slices.IndexFunc(chosen, func(s Stage) bool { return s.Name == from })
		if at < 0 {
			return nil, fmt.Errorf("choosing the stage %q: there is none of that name here; quality-gate criteria lists them", from)
		}
		chosen = slices.Concat(labAround(chosen[at:]), chosen[at:])
	}
	return chosen, nil
}

// Stages returns all of them, in their order.
func Stages() []Stage { return slices.Clone(stages) }

// Run runs the stages one after another: what keeps the processors busy would be
// an outage to checks that may take a second and a half. A stage that fails leaves
// its suites unknown, and the others go on; the error is that of all of them.
func (b *Bench) Run(ctx context.Context, chosen []Stage) (times []gate.StageTime, failed error) {
	for _, s := range chosen {
		if ctx.Err() != nil && s.Name != stageLabDown {
			continue
		}
		began := time.Now()
		b.Say("%s: %s", s.Name, s.Does)
		err := s.run(ctx, b)
		took := time.Since(began)
		times = append(times, gate.StageTime{Name: s.Name, Seconds: took.Seconds()})
		if err != nil {
			err = fmt.Errorf("stage %q: %w", s.Name, err)
			b.Say("%s: did not end: %v", s.Name, err)
		} else {
			b.Say("%s: %s after %.0f s", s.Name, b.outcome(s), took.Seconds())
		}
		failed = errors.Join(failed, err)
	}
	return times, errors.Join(failed, ctx.Err())
}

// outcome is what a person is told of a stage that ended.
func (b *Bench) outcome(s Stage) string {
	records, err := evidence.Read(b.path(evidence.Folder))
	if err != nil {
		return err.Error()
	}
	count := map[evidence.Result]int{}
	for _, suite := range s.Suites {
		for _, row := range records[suite].Rows {
			count[row.Result]++
		}
	}
	text := fmt.Sprintf("%d verified", count[evidence.Verified])
	for _, r := range []evidence.Result{evidence.Failed, evidence.Unknown, evidence.NotRun} {
		if count[r] > 0 {
			text += fmt.Sprintf(", %d %s", count[r], r)
		}
	}
	return text
}
