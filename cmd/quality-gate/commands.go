package main

import (
	"context"

	"github.com/alecthomas/kingpin/v2"
)

// define defines the flags and the commands, which it returns by their names.
func (g *gate) define(app *kingpin.Application) map[string]func(context.Context) error {
	app.Flag("journal", "What is to be undone is noted in this file.").Default(journalPath()).StringVar(&g.journal)
	list := app.Command("list", "The catalogue.")
	list.Flag("json", "As JSON.").BoolVar(&g.json)
	plan := app.Command("plan", "What a run would do; nothing is done.")
	play := app.Command("run", "Play faults: each is injected, has to be named, and is undone.")
	for _, cmd := range []*kingpin.CmdClause{plan, play} {
		cmd.Flag("tier", "Where to play.").Default(tierLab).EnumVar(&g.tier, tierLab, tierSimulation)
		cmd.Flag("only", "These faults, NAME,..., and no others.").PlaceHolder("NAME").StringVar(&g.only)
		cmd.Flag("seed", "Of the order in which they are played; 0 is the catalogue's own.").Uint64Var(&g.seed)
	}
	play.Flag("days", "In the simulation: so many virtual days of random faults.").FloatVar(&g.days)
	play.Flag("report", "Write JSON, JUnit, Markdown and a page of HTML into this folder.").PlaceHolder("DIR").StringVar(&g.report)
	play.Flag("keep-on-fail", "Leave a fault where it is that was not named; recover undoes it.").BoolVar(&g.keepOnFail)
	play.Flag("hold", "Stop for ever at this phase, to be killed there.").Hidden().StringVar(&g.hold)
	heal := app.Command("recover", "Undo what the journal knows of, then prove that the flow is good.")

	again := app.Command("replay", "Play a script three times in the simulation, and say whether it ends the same.")
	again.Arg("FILE", "The script, as in chaos/regressions.").Required().StringVar(&g.file)
	manifests := app.Command("export", "Print the faults of the network and of pods as another tool's manifests.")
	manifests.Arg("TOOL", "Whose: chaos-mesh or litmus.").Required().EnumVar(&g.tool, "chaos-mesh", "litmus")
	// Called through g, which the flags fill in after this.
	return map[string]func(context.Context) error{
		list.FullCommand():      func(ctx context.Context) error { return g.list(ctx) },
		plan.FullCommand():      func(ctx context.Context) error { return g.plan(ctx) },
		play.FullCommand():      func(ctx context.Context) error { return g.play(ctx) },
		heal.FullCommand():      func(ctx context.Context) error { return g.recover(ctx) },
		again.FullCommand():     func(ctx context.Context) error { return g.replay(ctx) },
		manifests.FullCommand(): func(ctx context.Context) error { return g.export(ctx) },
	}
}
