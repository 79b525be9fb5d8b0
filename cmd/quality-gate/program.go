package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/undo"
	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// program is what the command line says.
type program struct {
	out                       io.Writer
	journal, tier, only, hold string
	file, tool, report        string
	policy, from, criterion   string
	to, target, manifests     string
	seed                      uint64
	days                      float64
	json, keepOnFail, table   bool
}

func (g program) say(format string, args ...any) { fmt.Fprintf(g.out, format+"\n", args...) }

// list prints the catalogue.
func (g program) list(context.Context) error {
	if g.json {
		encoder := json.NewEncoder(g.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(chaos.Faults())
	}
	table := tabwriter.NewWriter(g.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FAULT\tBLAMED\tLAB\tEMBEDDED\tLIVE\tWHAT IT DOES")
	for _, f := range chaos.Faults() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Name, blamed(f), mark(f.Lab != nil), mark(f.Embedded != nil), mark(f.Live), f.Does)
	}
	return table.Flush()
}

func blamed(f chaos.Fault) string { return strings.TrimSpace(fmt.Sprintf("%s %s", f.Hop, f.Reason)) }

func mark(yes bool) string {
	if yes {
		return "yes"
	}
	return "-"
}

// chosen are the faults to play, in the order of the seed.
func (g program) chosen() ([]chaos.Fault, error) {
	all := chaos.Lab()
	if g.tier == tierSimulation {
		all = chaos.Simulated()
	}
	if g.only != "" {
		names := strings.Split(g.only, ",")
		for _, name := range names {
			if !slices.ContainsFunc(all, func(f chaos.Fault) bool { return f.Name == name }) {
				return nil, fmt.Errorf("choosing the fault %q: the %s plays none of that name", name, g.tier)
			}
		}
		all = slices.DeleteFunc(all, func(f chaos.Fault) bool { return !slices.Contains(names, f.Name) })
	}
	drill.Shuffle(all, g.seed)
	return all, nil
}

// plan prints what a run would do.
func (g program) plan(context.Context) error {
	all, err := g.chosen()
	if err != nil {
		return err
	}
	for _, f := range all {
		tier := f.Lab
		if g.tier == tierSimulation {
			tier = f.Embedded
		}
		felt := "applications do not notice"
		if tier.Felt {
			felt = "applications notice"
		}
		told := "nobody is told"
		if len(tier.Alerts) > 0 {
			told = "if it lasts: " + strings.Join(tier.Alerts, ", ")
		}
		g.say("%s: %s %s; blamed: %q; %s", f.Name, f.Does, felt, blamed(f), told)
	}
	g.say("%d faults; nothing was done", len(all))
	return nil
}

// play plays the faults on the lab that is up, or on one of its own, or in the
// simulation.
func (g program) play(ctx context.Context) (err error) {
	if g.tier == tierSimulation {
		return g.simulate(ctx)
	}
	all, err := g.chosen()
	if err != nil {
		return err
	}
	journal, err := undo.Open(g.journal)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	if left := journal.Left(); len(left) > 0 {
		return fmt.Errorf("playing faults: %q of an earlier run is not undone; run quality-gate recover", left[0].Fault)
	}
	l, err := lab.Attach(ctx)
	if errors.Is(err, lab.ErrNone) {
		l, err = lab.Start(ctx, lab.Options{Out: g.out, Lanes: drill.Lanes})
		if err == nil {
			defer func() { err = errors.Join(err, l.Close(context.WithoutCancel(ctx))) }()
		}
	}
	if err != nil {
		return err
	}
	g.say("lab %s, seed %d, %d faults", l.ID(), g.seed, len(all))
	playing, err := drill.Begin(ctx, drill.Engine{Lab: l, Journal: journal, Say: g.say, KeepOnFail: g.keepOnFail, Enter: g.enter}, all)
	if err != nil {
		return err
	}
	results, used, err := playing.Wait(ctx)
	g.say("%s", used)
	err = errors.Join(err, drill.Report(g.out, results), g.write(results))
	for _, one := range used.Failed {
		g.say("%s", one)
	}
	g.say("%s", drill.Summary(results))
	if err == nil && (len(used.Failed) > 0 || slices.ContainsFunc(results, drill.Result.Failed)) {
		err = errFailed
	}
	return err
}

// enter holds the run where it is to be killed.
func (g program) enter(ctx context.Context, _ string, phase drill.Phase) {
	if string(phase) == g.hold {
		<-ctx.Done()
	}
}

// recover undoes what is left of earlier runs.
func (g program) recover(ctx context.Context) (err error) {
	journal, err := undo.Open(g.journal)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	l, err := lab.Attach(ctx)
	if errors.Is(err, lab.ErrNone) {
		g.say("no lab is up")
		return journal.Recover(ctx, "", nil, g.say)
	}
	if err != nil {
		return err
	}
	engine := &drill.Engine{Lab: l, Journal: journal, Say: g.say}
	err = engine.Recover(ctx)
	if err != nil {
		return err
	}
	g.say("lab %s: every hop is up and every copy in sync", l.ID())
	return nil
}
