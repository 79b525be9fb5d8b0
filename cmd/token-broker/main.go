// Command token-broker moves, rotates and backs up the Vault token of a NAS:
// one cycle of one command, then it ends. CronJobs run it.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"
	promslogflag "github.com/prometheus/common/promslog/flag"

	"homelab.io/vault-health-exporter/cmd/internal/build"
	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/exporter/liblog"
	"homelab.io/vault-health-exporter/exporter/process"
)

// The exit codes of every command.
const (
	exitOK       = 0
	exitFailed   = 1 // it ran, and a person has to mend something
	exitUnusable = 2 // it could not run: flags, configuration
)

func main() {
	process.Guard()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run parses args and runs the command that they name; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	app := kingpin.New("token-broker", "Moves, rotates and backs up the Vault token of a NAS: one cycle of one command, then it ends.")
	app.UsageWriter(stdout).ErrorWriter(stderr).HelpFlag.Short('h')
	app.Version(build.Print("token-broker"))
	exit, ended := exitOK, false
	app.Terminate(func(code int) {
		exit, ended = code, true
		app.UsageWriter(io.Discard) // kingpin goes on, and would print it once more
	})
	logging := &promslog.Config{Writer: stderr}
	promslogflag.AddFlags(app, logging)

	var c command
	file := func(cmd *kingpin.CmdClause) *kingpin.CmdClause {
		cmd.Flag("config.file", "Path of the configuration file.").Default("token-broker.yaml").StringVar(&c.configFile)
		return cmd
	}
	cycle := file(app.Command("cycle", "Move the NAS Vault's token to the main Vault, if there is a new one and it works."))
	rotate := file(app.Command("rotate", "Replace the NAS Vault's token and revoke the old one, or finish a rotation that was interrupted."))
	backup := file(app.Command("snapshot", "Back the NAS Vault up, or verify a backup."))
	backup.Flag("verify", "Verify this snapshot and take none.").PlaceHolder("FILE").StringVar(&c.verify)
	health := file(app.Command("health-check", "Annotate a Secret while the NAS Vault is unhealthy."))

	name, err := app.Parse(args)
	if ended {
		return exit
	}
	c.stdout, c.stderr = stdout, stderr
	if err != nil {
		return c.unusable(err)
	}
	c.log = step.Log{Logger: promslog.New(logging).With("command", name)}
	liblog.TakeOver(c.log.Logger)
	commands := map[string]func(context.Context) int{
		cycle.FullCommand(): c.cycle, rotate.FullCommand(): c.rotate, backup.FullCommand(): c.snapshot, health.FullCommand(): c.healthCheck,
	}
	return commands[name](ctx)
}
