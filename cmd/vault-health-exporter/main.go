// Command vault-health-exporter measures, hop by hop, whether applications can
// get a working Vault token from a NAS right now.
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
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"homelab.io/vault-health-exporter/cmd/internal/build"
	"homelab.io/vault-health-exporter/exporter/liblog"
	"homelab.io/vault-health-exporter/exporter/process"
)

// The exit codes of every command.
const (
	exitOK       = 0
	exitFailed   = 1 // it ran, and what it looked at is broken
	exitUnusable = 2 // it could not run: flags, configuration, address
)

func main() {
	process.Guard()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run parses args and runs the command that they name; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	app := kingpin.New("vault-health-exporter", "Measures, hop by hop, whether applications can get a working Vault token from a NAS right now.")
	app.UsageWriter(stdout).ErrorWriter(stderr).HelpFlag.Short('h')
	app.Version(build.Print("vault-health-exporter"))
	exit, ended := exitOK, false
	app.Terminate(func(code int) { exit, ended = code, true })
	logging := &promslog.Config{Writer: stderr}
	promslogflag.AddFlags(app, logging)

	var s serveCommand
	serve := app.Command("serve", "Watch the flows and serve their metrics.").Default()
	s.flags(serve)
	var t tokenCommand
	get := app.Command("token", "Print the token that applications get, read from the Secret only.")
	get.Flag("config.file", "Path of the configuration file, or of a folder of them.").Default("vault-health-exporter.yaml").StringVar(&t.configFile)
	get.Flag("flow", "Name of the flow; may be left out where there is one.").StringVar(&t.flow)
	get.Flag("stdout", "Print the token on the standard output.").BoolVar(&t.stdout)
	get.Flag("file", "Write the token to this file, with mode 0600.").PlaceHolder("PATH").StringVar(&t.file)
	get.Flag("fallback", "Where the flow does not serve a token, walk the fallback tiers in order and say which served.").BoolVar(&t.fallback)
	get.Flag("wait", "Keep trying for this long.").PlaceHolder("2m").DurationVar(&t.wait)
	var d demoCommand
	demo := app.Command("demo", "Watch an embedded flow that can be broken and healed; needs nothing but this program.")
	demo.Flag("control.listen-address", "Address of the endpoint that breaks and heals the flow.").Default("127.0.0.1:9846").StringVar(&d.control)
	d.web = kingpinflag.AddFlags(demo, "127.0.0.1:9845")

	command, err := app.Parse(args)
	if ended {
		return exit
	}
	if err != nil {
		return unusable(stderr, err)
	}
	to := streams{stdout: stdout, stderr: stderr, log: promslog.New(logging)}
	liblog.TakeOver(to.log)
	return map[string]func(context.Context, streams) int{
		serve.FullCommand(): s.run, get.FullCommand(): t.run, demo.FullCommand(): d.run,
	}[command](ctx, to)
}
