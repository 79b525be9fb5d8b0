// Command quality-gate plays the faults of the catalogue on the lab, one after
// another, and undoes what another run of it has left behind. It is no part of
// the product.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"
)

// The exit codes.
const (
	exitOK       = 0
	exitFailed   = 1 // something was not as the catalogue says
	exitUnusable = 2 // it could not run: flags, no lab, a lab that does not heal
)

// errFailed is what a run returns that has said itself what is wrong.
var errFailed = errors.New("not all was as the catalogue says")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run parses args and runs the command that they name; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	app := kingpin.New("quality-gate", "Plays the faults of the catalogue and undoes them.")
	app.UsageWriter(stdout).ErrorWriter(stderr).HelpFlag.Short('h')
	app.Version(version.Print("quality-gate"))
	exit, ended := exitOK, false
	app.Terminate(func(code int) { exit, ended = code, true })

	g := gate{out: stdout}
	app.Flag("journal", "What is to be undone is noted in this file.").Default(journalPath()).StringVar(&g.journal)
	list := app.Command("list", "The catalogue.")
	list.Flag("json", "As JSON.").BoolVar(&g.json)
	plan := app.Command("plan", "What a run would do; nothing is done.")
	play := app.Command("run", "Play faults: each is injected, has to be named, and is undone.")
	for _, cmd := range []*kingpin.CmdClause{plan, play} {
		cmd.Flag("tier", "Where to play.").Default("lab").EnumVar(&g.tier, "lab")
		cmd.Flag("only", "These faults, NAME,..., and no others.").PlaceHolder("NAME").StringVar(&g.only)
		cmd.Flag("seed", "Of the order in which they are played; 0 is the catalogue's own.").Uint64Var(&g.seed)
	}
	play.Flag("keep-on-fail", "Leave a fault where it is that was not named; recover undoes it.").BoolVar(&g.keepOnFail)
	play.Flag("hold", "Stop for ever at this phase, to be killed there.").Hidden().StringVar(&g.hold)
	heal := app.Command("recover", "Undo what the journal knows of, then prove that the flow is good.")

	name, err := app.Parse(args)
	if ended {
		return exit
	}
	if err == nil {
		err = map[string]func(context.Context) error{
			list.FullCommand(): g.list, plan.FullCommand(): g.plan, play.FullCommand(): g.play, heal.FullCommand(): g.recover,
		}[name](ctx)
	}
	if err != nil {
		fmt.Fprintf(stderr, "quality-gate: %v\n", err)
		if errors.Is(err, errFailed) {
			return exitFailed
		}
		return exitUnusable
	}
	return exitOK
}
