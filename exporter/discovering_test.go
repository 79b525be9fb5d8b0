package exporter

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/chaos/network"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
	"homelab.io/vault-health-exporter/exporter/discovery/discoverytest"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

const (
	apiAddress   = "10.0.0.1:80"
	strangers    = "10.0.0.2:80"
	nobody       = "http://10.0.0.3:80"
	ofTheFile    = "flows: [{name: of-the-file, nas: {vault: {address: 'http://10.0.0.3:80'}}}]\n"
	pollInterval = time.Minute
)

// discovering is an exporter in virtual time that discovers flows at an API.
type discovering struct {
	discoverytest.API
	t    *testing.T
	log  lockedBuffer
	over network.Network
	file string
	ctx  context.Context
	*Exporter

	cancel context.CancelFunc
	ended  chan error
}

// discover starts an API, which prepare fills, and then the exporter.
func discover(t *testing.T, flows string, prepare func(*discovering)) *discovering {
	t.Helper()
	d := &discovering{t: t, ended: make(chan error, 1)}
	d.serve(apiAddress, &d.API)
	d.file = discoverytest.Config(t, "http://"+apiAddress, pollInterval.String(), flows)
	prepare(d)
	d.ctx, d.cancel = context.WithCancel(upstream.Over(t.Context(), &d.over))
	d.Exporter = New(d.source(), prometheus.NewRegistry(), nil, slog.New(slog.NewTextHandler(&d.log, nil)))
	go func() { d.ended <- d.Run(d.ctx) }()
	t.Cleanup(func() {
		d.cancel()
		time.Sleep(time.Minute)
	})
	d.pass(pollInterval / 2) // so that each poll is in the middle of a minute of the test
	return d
}

func (d *discovering) source() *discovery.Source {
	return discovery.New(func() (*config.Config, error) { return config.Load(d.file) }, nil)
}

// serve serves on an address of the network, until the test ends.
func (d *discovering) serve(address string, handler http.Handler) {
	listener, err := d.over.Listen(address)
	if err != nil {
		d.t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }()
	d.t.Cleanup(func() { _ = server.Close() })
}

func (d *discovering) pass(how time.Duration) {
	time.Sleep(how)
	synctest.Wait()
}

// want fails where not these flows run.
func (d *discovering) want(what string, flows ...string) {
	d.t.Helper()
	var got []string
	for _, s := range d.Summaries() {
		got = append(got, s.Flow)
	}
	if diff := cmp.Diff(flows, got); diff != "" {
		d.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (d *discovering) wantSuccess(ok bool) {
	d.t.Helper()
	value := map[bool]int{true: 1}[ok]
	if text := gathered(d.t, d.Exporter); !strings.Contains(text, fmt.Sprintf("vault_health_exporter_config_last_reload_successful %d\n", value)) {
		d.t.Errorf("got another success of the last reload than %t", ok)
	}
}
