package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/chaos/network"
	"homelab.io/vault-health-exporter/exporter"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
	"homelab.io/vault-health-exporter/exporter/leader"
	"homelab.io/vault-health-exporter/exporter/upstream"
	"homelab.io/vault-health-exporter/exporter/web"
)

// replica is an exporter that takes part in an election.
type replica struct {
	*exporter.Exporter
	handler http.Handler
	stop    func()
}

func (r replica) get(path string) string {
	answer := httptest.NewRecorder()
	r.handler.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
	return answer.Body.String()
}

// slots is how many have passed, by what a scrape says; -1 without series.
func (r replica) slots() int {
	total := -1
	for line := range strings.Lines(r.get("/metrics")) {
		var n int
		if _, value, ok := strings.Cut(line, "} "); ok && strings.HasPrefix(line, "nas_flow_slots_total{") {
			_, _ = fmt.Sscan(value, &n)
			total = max(total, 0) + n
		}
	}
	return total
}

// TestTwoReplicas are one exporter to who scrapes both: one checks, and the other
// one has no series of flows before it does. Between them they write to the
// Kubernetes API their Lease and nothing else.
func TestTwoReplicas(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		const interval = 30 * time.Second
		n := new(network.Network)
		home, err := homelab.Start(filepath.Join(dir, "home"), homelab.Options{Network: n, Plain: true, Interval: interval, Timeout: 5 * time.Second, CopyInterval: 5 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		defer time.Sleep(time.Minute) // until connections have ended
		defer home.Close()
		loaded := homelabtest.Load(t, home)
		home.GrantRole("vault-health-exporter",
			homelab.Rule{Verbs: []string{"get"}, Resources: []string{"secrets", "cronjobs.batch", "externalsecrets.external-secrets.io", "secretstores.external-secrets.io", "leases.coordination.k8s.io"}},
			homelab.Rule{Verbs: []string{"list"}, Resources: []string{"jobs.batch"}},
			homelab.Rule{Verbs: []string{"create", "update"}, Resources: []string{"leases.coordination.k8s.io"}})

		var mu sync.Mutex
		wrote := map[string]bool{}
		front := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				mu.Lock()
				wrote[r.Method+" "+r.URL.Path] = true
				mu.Unlock()
			}
			home.KubernetesAPI().ServeHTTP(w, r)
		})}
		listener, err := n.Listen("10.0.0.1:443")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = front.Serve(listener) }()
		defer front.Close()
		kubeconfig := filepath.Join(dir, "kubeconfig")
		text := fmt.Sprintf("clusters: [{name: c, cluster: {server: 'http://%s'}}]\ncontexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n", listener.Addr())
		if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		kubernetes := *loaded.Flow.Main.Kubernetes
		kubernetes.Kubeconfig = kubeconfig

		replicate := func() replica {
			load := func() (*config.Config, error) {
				cfg, err := config.Load(loaded.File)
				if err == nil {
					cfg.Flows[0].Main.Kubernetes.Kubeconfig = kubeconfig
				}
				return cfg, err
			}
			e := exporter.New(discovery.New(load, nil), prometheus.NewRegistry(), nil, slog.New(slog.DiscardHandler))
			var options web.Options
			takesPart := elect(leader.New(kubernetes, "exporter", slog.New(slog.DiscardHandler)), e, &options)
			ctx, cancel := context.WithCancel(upstream.Over(context.Background(), n))
			ended := make(chan error, 1)
			go func() { ended <- together(ctx, e.Run, takesPart) }()
			return replica{e, web.New(e, web.Metrics(e.Gatherer()), time.Now, options), sync.OnceFunc(func() {
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})}
		}
		a := replicate()
		defer a.stop()
		time.Sleep(time.Second)
		b := replicate()
		defer b.stop()
		time.Sleep(4*interval + time.Second)
		if a.slots() < 3 || b.slots() != -1 {
			t.Errorf("got %d slots and %d, want the first one alone to check", a.slots(), b.slots())
		}
		for who, want := range map[*replica][]string{&a: {"this exporter leads", "Copies of the token"}, &b: {"this exporter stands by while ", "No flow is checked here."}} {
			page := who.get("/")
			for _, part := range want {
				if !strings.Contains(page, part) {
					t.Errorf("got a page without %q:\n%s", part, page)
				}
			}
			if said := who.get("/-/ready"); !strings.HasPrefix(said, "ready: ") {
				t.Errorf("got %q of whether it is ready", said)
			}
		}

		// An API that does not answer for a while is told of by the leader alone.
		if err := n.Disturb(listener.Addr().String(), chaos.Toxic{Kind: chaos.Drop}); err != nil {
			t.Fatal(err)
		}
		before := a.slots()
		time.Sleep(3 * interval)
		if a.slots() < before+2 || b.slots() != -1 || !strings.Contains(a.get("/"), "leads without the Lease") {
			t.Errorf("got %d slots after %d, and %d, want the first one alone to go on", a.slots(), before, b.slots())
		}
		if err := n.Disturb(listener.Addr().String(), chaos.Toxic{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(interval)

		a.stop()
		time.Sleep(15 * time.Second)
		if got := b.slots(); got != 0 && got != 1 {
			t.Errorf("got %d slots of the next leader, want them counted from its own first one", got)
		}
		time.Sleep(4 * interval)
		if got := b.slots(); got < 4 || got > 5 {
			t.Errorf("got %d slots of it after four more", got)
		}
		b.stop()
		mu.Lock()
		defer mu.Unlock()
		const leases = "/apis/coordination.k8s.io/v1/namespaces/nas-integration/leases"
		if diff := cmp.Diff(map[string]bool{"POST " + leases: true, "PUT " + leases + "/exporter": true}, wrote); diff != "" {
			t.Errorf("what was written (-want +got):\n%s", diff)
		}
	})
}
