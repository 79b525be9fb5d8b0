package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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
	to, target                string
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
	if g.seed != 0 {
		order := rand.New(rand.NewPCG(g.seed, 0)) // #nosec G404 -- an order that can be had again, and no secret
		order.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	}
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
	g.say("%d faults, one after another; nothing was done", len(all))
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
		l, err = lab.Start(ctx, lab.Options{Out: g.out})
		if err == nil {
			defer func() { err = errors.Join(err, l.Close(context.WithoutCancel(ctx))) }()
		}
	}
	if err != nil {
		return err
	}
	g.say("lab %s, seed %d, %d faults", l.ID(), g.seed, len(all))
	traffic, err := drill.StartTraffic(ctx, l)
	if err != nil {
		return err
	}
	engine := &drill.Engine{Lab: l, Journal: journal, Say: g.say, KeepOnFail: g.keepOnFail, Enter: g.enter, Traffic: traffic}
	results, played := drillAll(ctx, engine, all, g.out)
	played = errors.Join(played, g.write(results))
	used := g.used(traffic)
	return cmp.Or(played, used)
}

// used says what the application did meanwhile.
func (g program) used(traffic *drill.Traffic) error {
	outside, inside, failed := traffic.Stop()
	g.say("an application used its token %d times outside of the faults that it may notice, %d of them failed; %d times inside", outside, len(failed), inside)
	for _, one := range failed {
		g.say("%s", one)
	}
	if len(failed) > 0 {
		return errFailed
	}
	return nil
}

// drillAll plays all of them and writes the report, also of what was played
// before an error.
func drillAll(ctx context.Context, engine *drill.Engine, all []chaos.Fault, out io.Writer) (results []drill.Result, failed error) {
	for _, f := range all {
		result, err := engine.Play(ctx, f)
		results = append(results, result)
		if result.Failed() {
			failed = errFailed
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return results, errors.Join(err, drill.Report(out, results))
		}
	}
	return results, errors.Join(failed, drill.Report(out, results))
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
