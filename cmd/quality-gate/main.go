// Command quality-gate says Go or No-Go of the tree that it stands in, with
// evidence; and by itself it plays the faults of the catalogue, and undoes what
// another run of it has left behind. It is no part of the product.
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

	"homelab.io/vault-health-exporter/cmd/internal/build"
)

// The exit codes.
const (
	exitOK       = 0
	exitFailed   = 1 // something was not as the catalogue says, or No-Go
	exitUnusable = 2 // it could not run: flags, no lab, a lab that does not heal
)

// The tiers in which faults are played.
const (
	tierLab        = "lab"
	tierSimulation = "simulation"
)

// errFailed is what a run returns that has said itself what is wrong.
var errFailed = errors.New("not all was as the catalogue says")

// errNoGo is what the gate returns that has said what keeps it back.
var errNoGo = errors.New("the verdict is No-Go")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run parses args and runs the command that they name; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	app := kingpin.New("quality-gate", "Says Go or No-Go; plays the faults of the catalogue and undoes them.")
	app.UsageWriter(stdout).ErrorWriter(stderr).HelpFlag.Short('h')
	app.Version(build.Print("quality-gate"))
	exit, ended := exitOK, false
	app.Terminate(func(code int) {
		exit, ended = code, true
		app.UsageWriter(io.Discard) // kingpin goes on, and would print it once more
	})

	g := program{out: stdout}
	commands := g.define(app)

	name, err := app.Parse(args)
	if ended {
		return exit
	}
	if err == nil {
		err = commands[name](ctx)
	}
	if err != nil {
		fmt.Fprintf(stderr, "quality-gate: %v\n", err)
		if errors.Is(err, errFailed) || errors.Is(err, errNoGo) {
			return exitFailed
		}
		return exitUnusable
	}
	return exitOK
}
