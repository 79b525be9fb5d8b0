package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
	"homelab.io/vault-health-exporter/e2e/images"
	"homelab.io/vault-health-exporter/e2e/suite"
)

// defaultSeed makes every run the same, unless another one is asked for.
const defaultSeed = 20260101

// judge runs the stages, then judges all evidence of this tree.
func (g program) judge(ctx context.Context) error {
	policy := gate.DefaultPolicy()
	if g.policy != "" {
		var err error
		if policy, err = gate.LoadPolicy(g.policy); err != nil {
			return err
		}
	}
	root, err := images.Repository(ctx)
	if err != nil {
		return err
	}
	criteria := gate.Criteria()
	if g.manifests != "" {
		criteria = gate.ManifestCriteria()
	}
	chosen, err := suite.Choose(criteria, g.criterion, g.from)
	if err != nil {
		return err
	}
	began := time.Now().UTC()
	bench := &suite.Bench{Root: root, Seed: g.seed, Manifests: g.manifests, Say: g.clocked(began), Tests: g.out}
	times, failed := bench.Run(ctx, chosen)
	if ctx.Err() != nil {
		return fmt.Errorf("running the gate: %w", errors.Join(ctx.Err(), failed))
	}
	tree, err := evidence.TreeDigest(ctx, root)
	if err != nil {
		return err
	}
	records, err := evidence.Read(filepath.Join(root, evidence.Folder))
	if err != nil {
		return err
	}
	verdict := gate.Judge(criteria, policy, records, tree, time.Now())
	verdict.Seed, verdict.Began, verdict.Ended, verdict.Stages = g.seed, began, time.Now().UTC(), times
	if g.criterion != "" {
		verdict = verdict.Only(g.criterion)
	}
	return g.publish(verdict, filepath.Join(root, suite.Reports))
}

// publish writes the verdict for everybody who reads it, and returns errFailed
// where it is No-Go.
func (g program) publish(verdict gate.Verdict, folder string) error {
	if g.report != "" {
		folder = g.report
	}
	if err := verdict.Write(folder); err != nil {
		return err
	}
	if summary := os.Getenv("GITHUB_STEP_SUMMARY"); summary != "" {
		if err := verdict.Append(summary); err != nil {
			return err
		}
	}
	g.say("\n%s", filepath.Join(folder, "verdict.html"))
	if err := verdict.WriteTable(g.out); err != nil {
		return fmt.Errorf("printing the verdict: %w", err)
	}
	if !verdict.Go {
		return errNoGo
	}
	return nil
}

// clocked says things with the time since the run began.
func (g program) clocked(began time.Time) func(string, ...any) {
	return func(format string, args ...any) {
		g.say("%6.0fs  %s", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
}

// criteria prints what has to hold, and by which stages it is found out.
func (g program) criteria(context.Context) error {
	table := tabwriter.NewWriter(g.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CRITERION\tGROUP\tSTAGES\tREQUIRES")
	for _, c := range append(gate.Criteria(), gate.ManifestCriteria()[:1]...) {
		var names []string
		for _, s := range suite.Stages() {
			if slices.ContainsFunc(s.Suites, func(name string) bool { return slices.Contains(c.Suites(), name) }) {
				names = append(names, s.Name)
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", c.Name, c.Group, strings.Join(names, ", "), c.Requires)
	}
	return table.Flush()
}
