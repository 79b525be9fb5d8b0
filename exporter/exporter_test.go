package exporter

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
)

func vaultFlow(name, address string) config.Flow {
	return config.Flow{
		Name: name, Interval: time.Second, Timeout: 900 * time.Millisecond,
		NAS: config.NAS{Vault: &config.Vault{Address: address}},
	}
}

// running starts an Exporter whose configuration *cfg and *bad control.
func start(t *testing.T, cfg *config.Config, bad *error) *Exporter {
	t.Helper()
	e := New(discovery.New(func() (*config.Config, error) { return cfg, *bad }, nil), prometheus.NewRegistry(), nil, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() { done <- e.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return e
}

// eventually polls, because the flows run on the real clock and network.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute) // bounds a hang
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waiting until %s: it did not happen within 10s", what)
		}
	}
}

func TestReloadAppliesTheDifference(t *testing.T) {
	// A port below those that the kernel gives to whoever asks for any: one that was
	// just closed may be somebody else's by the time it is asked.
	const gone = "http://127.0.0.1:1"
	cfg := &config.Config{Flows: []config.Flow{vaultFlow("kept", gone), vaultFlow("changed", gone), vaultFlow("removed", gone)}}
	var bad error
	e := start(t, cfg, &bad)
	eventually(t, "every flow was checked", func() bool { return len(snapshots(e)) == 3 && e.Ready() })
	kept, changed := e.find("kept"), e.find("changed")

	bad = errors.New("a mistake")
	if err := e.Reload(); !errors.Is(err, bad) {
		t.Fatalf("got %v, want the mistake", err)
	}
	if e.find("kept") != kept || len(snapshots(e)) != 3 {
		t.Error("got a change from a configuration with a mistake")
	}
	compare(t, e, "vault_health_exporter_config_last_reload_successful", 0)

	bad = nil
	next := vaultFlow("changed", gone)
	next.Timeout /= 2
	cfg.Flows = []config.Flow{cfg.Flows[0], next, vaultFlow("added", gone)}
	if err := e.Reload(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range snapshots(e) {
		names = append(names, s.Flow)
	}
	if diff := cmp.Diff([]string{"added", "changed", "kept"}, names); diff != "" {
		t.Error(diff)
	}
	if e.find("kept").runner != kept.runner || kept.runner.Snapshot().Cycles == 0 || e.find("changed").runner == changed.runner {
		t.Error("want the kept flow to run on and the changed one to start anew")
	}
	compare(t, e, "vault_health_exporter_config_last_reload_successful", 1)
	var text bytes.Buffer
	families, err := e.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		text.WriteString(f.String())
	}
	if strings.Contains(text.String(), `"removed"`) || !strings.Contains(text.String(), `"added"`) {
		t.Error("got series of the removed flow, or none of the added one")
	}
}

// TestAReloadBeforeTheStartDoesNothing: SIGHUP at start-up ended in a panic.
func TestAReloadBeforeTheStartDoesNothing(t *testing.T) {
	loaded := 0
	e := New(discovery.New(func() (*config.Config, error) {
		loaded++
		return &config.Config{Flows: []config.Flow{vaultFlow("qnap", "http://127.0.0.1:1")}}, nil
	}, nil), prometheus.NewRegistry(), nil, slog.New(slog.DiscardHandler))
	if err := e.Reload(); err != nil || loaded != 0 || len(snapshots(e)) != 0 {
		t.Errorf("got error %v, %d loads and %d flows, want nothing to happen", err, loaded, len(snapshots(e)))
	}
}

// TestAShardWithoutAFlowIsReady: the others have them, and nothing is left to wait for.
func TestAShardWithoutAFlowIsReady(t *testing.T) {
	var none error
	e := start(t, &config.Config{}, &none)
	eventually(t, "it is ready", e.Ready)
}

func compare(t *testing.T, e *Exporter, name string, want float64) {
	t.Helper()
	families, err := e.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name && f.GetMetric()[0].GetGauge().GetValue() != want {
			t.Errorf("%s: got %v, want %v", name, f.GetMetric()[0].GetGauge().GetValue(), want)
		}
	}
}

// TestMetricsAnswerWhileEveryUpstreamHangs points every hop at a server that
// accepts and stays silent: no scrape waits for a check.
func TestMetricsAnswerWhileEveryUpstreamHangs(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, f := startHomelab(t)
	address := silent.Addr().String()
	f.Interval, f.Timeout = 6*time.Second, 5*time.Second
	f.NAS.Docker.Host = "tcp://" + address
	f.NAS.Vault.Address, f.Main.Vault.Address = "https://"+address, "https://"+address
	f.Main.Kubernetes = nil // its address is in the kubeconfig
	var none error
	e := start(t, &config.Config{Flows: []config.Flow{f}}, &none)
	server := httptest.NewServer(promhttp.HandlerFor(e.Gatherer(), promhttp.HandlerOpts{EnableOpenMetrics: true}))
	defer server.Close()
	eventually(t, "the flow runs", func() bool { return len(snapshots(e)) == 1 })
	var took []time.Duration
	for range 30 {
		begin := time.Now()
		reply, err := http.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, reply.Body)
		_ = reply.Body.Close()
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	t.Logf("fastest %s, median %s, slowest %s", took[0], took[len(took)/2], took[len(took)-1])
	if half := f.Timeout / 2; took[len(took)/2] > half {
		t.Errorf("got a median of %s, half of what a hanging check takes is %s", took[len(took)/2], half)
	}
}

// TestFewPlacesRevealAToken lists who may see a token in clear.
func TestFewPlacesRevealAToken(t *testing.T) {
	out, err := exec.Command("grep", "-rl", "--include=*.go", "--exclude=*_test.go", `\.Reveal()`, "..").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(string(out))
	slices.Sort(got)
	want := []string{
		"../cmd/token-broker/rotate/file.go",           // the token file on the NAS, by path
		"../cmd/token-broker/upstream/docker_write.go", // the token file on the NAS, by standard input
		"../cmd/token-broker/upstream/vault_write.go",  // the KV secret
		"../cmd/vault-health-exporter/token.go",        // what the user asked to have printed
		"../exporter/upstream/vault_call.go",           // the client's own token
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPassingChecksCoverTheWholeFlow guards the embedded homelab's
// configuration: a hop that it forgot would make every other test pass.
func TestPassingChecksCoverTheWholeFlow(t *testing.T) {
	_, f := startHomelab(t)
	r, m := testRunner(f)
	r.Once(t.Context())
	if got, err := testutil.GatherAndCount(m, "nas_hop_up"); err != nil || got != 11 {
		t.Errorf("got %d hops and error %v, want 11", got, err)
	}
}
