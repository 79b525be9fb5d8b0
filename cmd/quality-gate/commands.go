package main

import (
	"context"
	"strconv"

	"github.com/alecthomas/kingpin/v2"
	"homelab.io/vault-health-exporter/chaos/undo"
)

// define defines the flags and the commands, which it returns by their names.
func (g *program) define(app *kingpin.Application) map[string]func(context.Context) error {
	app.Flag("journal", "What is to be undone is noted in this file.").Default(undo.Path()).StringVar(&g.journal)
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
	judge := app.Command("gate", "Run every suite and say Go or No-Go.")
	judge.Flag("policy", "What has to hold, instead of what e2e/gate/policy.yaml says.").PlaceHolder("FILE").StringVar(&g.policy)
	judge.Flag("from", "Begin at this stage; what an earlier run found of the same sources is kept.").PlaceHolder("STAGE").StringVar(&g.from)
	judge.Flag("only", "This criterion, and the stages that it needs.").PlaceHolder("CRITERION").StringVar(&g.criterion)
	judge.Flag("seed", "Of what is random in the suites.").Default(strconv.Itoa(defaultSeed)).Uint64Var(&g.seed)
	judge.Flag("report", "Write the verdict into this folder, instead of .build/gate.").PlaceHolder("DIR").StringVar(&g.report)
	judge.Flag("manifests", "Judge the broker, store, ExternalSecret and rotation in this folder, on the lab in place of ours, instead of the tree.").PlaceHolder("DIR").ExistingDirVar(&g.manifests)
	criteria := app.Command("criteria", "What has to hold for a Go, and the stages that find it out.")
	deploy := app.Command("can-i-deploy", "Whether the pacts were verified, by the last runs; what is unknown is a no.")
	deploy.Flag("to", "The places at which all of it must have been looked at, PLACE,....").Default("demo,lab").StringVar(&g.to)
	deploy.Flag("table", "Only print what was verified at each place.").BoolVar(&g.table)
	ask := app.Command("smoke", "Ask four questions of any environment, by reading only: 0 all yes, 1 not, 2 it could not be asked.")
	ask.Flag("target", "The environment: an exporter's configuration.").Required().PlaceHolder("FILE").StringVar(&g.target)
	// Called through g, which the flags fill in after this.
	return map[string]func(context.Context) error{
		list.FullCommand():      func(ctx context.Context) error { return g.list(ctx) },
		plan.FullCommand():      func(ctx context.Context) error { return g.plan(ctx) },
		play.FullCommand():      func(ctx context.Context) error { return g.play(ctx) },
		heal.FullCommand():      func(ctx context.Context) error { return g.recover(ctx) },
		again.FullCommand():     func(ctx context.Context) error { return g.replay(ctx) },
		judge.FullCommand():     func(ctx context.Context) error { return g.judge(ctx) },
		criteria.FullCommand():  func(ctx context.Context) error { return g.criteria(ctx) },
		deploy.FullCommand():    func(ctx context.Context) error { return g.canIDeploy(ctx) },
		ask.FullCommand():       func(ctx context.Context) error { return g.smoke(ctx) },
		manifests.FullCommand(): func(ctx context.Context) error { return g.export(ctx) },
	}
}
