package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"homelab.io/vault-health-exporter/cmd/internal/build"
	"homelab.io/vault-health-exporter/exporter"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/web"
)

// streams is where a command writes.
type streams struct {
	stdout, stderr io.Writer
	log            *slog.Logger
}

// unusable reports why a command could not run.
func unusable(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "vault-health-exporter: %v\n", err)
	return exitUnusable
}

type serveCommand struct {
	configFile    string
	shard         string // I/N, "" for all flows
	check, once   bool
	output        string
	reload, probe bool
	elect         bool
	lease         string
	web           *toolkit.FlagConfig
}

func (c *serveCommand) flags(serve *kingpin.CmdClause) {
	serve.Flag("config.file", "Path of the configuration file, or of a folder of them.").Default("vault-health-exporter.yaml").StringVar(&c.configFile)
	serve.Flag("shard", "Watch one part of the flows only, I of N from 0 on: those that /metrics?shard=I/N has.").PlaceHolder("I/N").StringVar(&c.shard)
	serve.Flag("leader-election", "Check while no other exporter does that is a candidate for the same Lease of Kubernetes, in the pod's namespace; stand by else. --once and --config.check take no part in it.").BoolVar(&c.elect)
	serve.Flag("leader-election.lease", "Name of the Lease, to which a shard adds its own; those whose flows differ need another one.").Default("vault-health-exporter").StringVar(&c.lease)
	serve.Flag("config.check", "Check the configuration and exit.").BoolVar(&c.check)
	serve.Flag("once", "Check every hop once, print the result and exit: 0 all is good, 1 something is broken, 2 it could not run.").BoolVar(&c.once)
	serve.Flag("output", "Form of the result of --once.").Default("table").EnumVar(&c.output, "table", "json")
	serve.Flag("web.reload", "Let POST /-/reload read the configuration again; SIGHUP always does.").Default("true").BoolVar(&c.reload)
	serve.Flag("web.probe", "Let GET /probe check a hop on demand.").Default("true").BoolVar(&c.probe)
	c.web = kingpinflag.AddFlags(serve, ":9845")
}

func (c serveCommand) run(ctx context.Context, s streams) int {
	hangup := make(chan os.Signal, 1)
	if !c.check && !c.once {
		signal.Notify(hangup, syscall.SIGHUP) // from the first moment: unheard, it ends the program
	}
	var shard metrics.Shard
	if c.shard != "" {
		var err error
		if shard, err = metrics.ParseShard(c.shard); err != nil {
			return unusable(s.stderr, fmt.Errorf("reading --shard: %w", err))
		}
	}
	// Before anything listens: a configuration that is wrong as a whole is the one
	// error that its user has to see.
	first, mistakes := config.LoadOnce(ctx, c.configFile)
	if first == nil || c.check && mistakes != nil {
		return unusable(s.stderr, mistakes)
	}
	source := discovery.New(c.loader(first, mistakes), shard.Has)
	if c.check {
		return c.tell(ctx, s, discovery.New(c.loader(first, nil), nil))
	}
	tracer, flush, err := newTracer(ctx, s.log)
	if err != nil {
		return unusable(s.stderr, err)
	}
	defer flush()
	if c.shard != "" {
		others := slices.DeleteFunc(slices.Clone(first.Flows), func(f config.Flow) bool { return shard.Has(f.Name) })
		s.log.Info("watching one shard of the flows", "shard", shard, "flows", len(first.Flows)-len(others), "of", len(first.Flows))
	}
	e := exporter.New(source, newRegistry(), tracer, s.log)
	if c.once {
		return once(ctx, s, e, c.output)
	}
	options := web.Options{Version: build.Name(), Shard: shard.String(), WithoutReload: !c.reload, WithoutProbe: !c.probe}
	var also []func(context.Context) error
	if c.elect {
		candidate, err := c.candidate(shard, s.log)
		if err != nil {
			return unusable(s.stderr, err)
		}
		also = append(also, elect(candidate, e, &options))
	}
	go func() {
		for range hangup {
			_ = e.Reload() // it logs and counts its error
		}
	}()
	if err := serve(ctx, e, options, c.web, s.log, also...); err != nil {
		return unusable(s.stderr, err)
	}
	return exitOK
}

// tell tries a configuration whose file could be loaded and says whether it is valid.
func (c serveCommand) tell(ctx context.Context, s streams, source *discovery.Source) int {
	cfg, err := source.Load(ctx)
	if err != nil {
		return unusable(s.stderr, err)
	}
	problems, err := unready(ctx, cfg)
	if err != nil {
		return unusable(s.stderr, fmt.Errorf("%s: %w", c.configFile, err))
	}
	for _, problem := range problems {
		_ = unusable(s.stderr, fmt.Errorf("%s: %s", c.configFile, problem))
	}
	if len(problems) > 0 {
		return exitUnusable
	}
	fmt.Fprintf(s.stdout, "%s is valid: %d flows\n", c.configFile, len(cfg.Flows))
	return exitOK
}

// loader gives first and its mistakes at first, because a pipe gives its content
// once, and loads the file anew then.
func (c serveCommand) loader(first *config.Config, mistakes error) func() (*config.Config, error) {
	return func() (*config.Config, error) {
		if cfg := first; cfg != nil {
			first = nil
			return cfg, mistakes
		}
		return config.Load(c.configFile)
	}
}

func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.Process()...)
	return registry
}

// serve runs the exporter, its HTTP server and what else there is beside them until
// ctx ends or one of them fails.
func serve(ctx context.Context, e *exporter.Exporter, options web.Options, flags *toolkit.FlagConfig, log *slog.Logger, also ...func(context.Context) error) error {
	if flags.WebConfigFile != nil {
		if err := checkWebConfig(*flags.WebConfigFile); err != nil {
			return err
		}
	}
	server := web.NewServer(web.New(e, web.Metrics(e.Gatherer()), time.Now, options), log)
	listen := func(context.Context) error {
		if err := toolkit.ListenAndServe(server, flags, log); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
	stop := func(ctx context.Context) error {
		<-ctx.Done()
		log.Info("stopping")
		grace, done := context.WithTimeout(context.Background(), 5*time.Second)
		defer done()
		_ = server.Shutdown(grace) // what does not end by then is cut
		return nil
	}
	return together(ctx, append(also, e.Run, listen, stop)...)
}

// together runs all parts until ctx or one of them ends. It returns when all have
// ended: a check that is left running would leave its credential plugin behind.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part(ctx) }()
	}
	var first error
	for range parts {
		if err := <-ended; first == nil {
			first = err
		}
		cancel()
	}
	return first
}
