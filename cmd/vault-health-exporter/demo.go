package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	toolkit "github.com/prometheus/exporter-toolkit/web"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/cmd/internal/build"
	"homelab.io/vault-health-exporter/exporter"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
	"homelab.io/vault-health-exporter/exporter/tempdir"
	"homelab.io/vault-health-exporter/exporter/web"
)

type demoCommand struct {
	control string
	web     *toolkit.FlagConfig
}

// run watches an embedded homelab. Its files live in a private folder that
// goes with the program, or with the next one where it is killed.
func (c demoCommand) run(ctx context.Context, s streams) int {
	dir, remove, err := tempdir.Make("vault-health-exporter-demo")
	if err != nil {
		return unusable(s.stderr, err)
	}
	defer remove()
	home, err := homelab.Start(dir, homelab.Options{})
	if err != nil {
		return unusable(s.stderr, err)
	}
	defer home.Close()
	file := filepath.Join(dir, "vault-health-exporter.yaml")
	if err := os.WriteFile(file, home.Config(), 0o600); err != nil {
		return unusable(s.stderr, fmt.Errorf("writing the demo's configuration: %w", err))
	}
	listener, err := net.Listen("tcp", c.control)
	if err != nil {
		return unusable(s.stderr, fmt.Errorf("listening on the control address %q: %w; choose another with --control.listen-address", c.control, err))
	}
	control := web.NewServer(home.Control(), s.log)
	go func() {
		if err := control.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("control endpoint stopped", "error", err)
		}
	}()
	defer control.Close()

	tracer, flush, err := newTracer(ctx, s.log)
	if err != nil {
		return unusable(s.stderr, err)
	}
	defer flush()
	fmt.Fprintf(s.stdout, "page:     http://%s/\ncontrol:  http://%s/  (try: curl -X POST http://%s/break/seal)\n",
		(*c.web.WebListenAddresses)[0], listener.Addr(), listener.Addr())
	e := exporter.New(discovery.New(func() (*config.Config, error) { return config.Load(file) }, nil), newRegistry(), tracer, s.log)
	if err := serve(ctx, e, web.Options{Version: build.Name()}, c.web, s.log); err != nil {
		return unusable(s.stderr, err)
	}
	return exitOK
}
