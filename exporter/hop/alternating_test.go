package hop_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// warm is what a hop's check says of its connections, absent where it says nothing.
func warm(t *testing.T, h hop.Hop) string {
	t.Helper()
	reading, err := h.Check(t.Context())
	if err != nil {
		t.Errorf("%s: got %v", h.Name, err)
	}
	reading.Token.Destroy()
	i := slices.IndexFunc(reading.Facts, func(f catalogue.Fact) bool { return f.Metric == catalogue.CheckWarm })
	if i < 0 {
		return "absent"
	}
	return map[float64]string{0: "cold", 1: "warm"}[reading.Facts[i].Value]
}

// TestEachNthCheckOfAHopIsCold, of whichever server.
func TestEachNthCheckOfAHopIsCold(t *testing.T) {
	f := homelabtest.Start(t, homelabtest.OnRequest).Flow
	f.Connections, f.ColdEvery = config.Reuse, 3
	before := time.Now().Add(-time.Hour) // files that are new are read anew each time
	for _, files := range []*config.TLS{f.NAS.Vault.TLS, f.Main.Vault.TLS} {
		for _, file := range []string{files.CAFile, files.CertFile, files.KeyFile} {
			if err := os.Chtimes(file, before, before); file != "" && err != nil {
				t.Fatal(err)
			}
		}
	}
	hops := hop.Build(f, nil)
	for i := range 2 * f.ColdEvery {
		for _, h := range hops {
			want := "warm"
			switch {
			case h.Name == flow.DockerExec:
				want = "absent"
			case i%f.ColdEvery == 0:
				want = "cold"
			}
			if got := warm(t, h); got != want {
				t.Errorf("check %d of %s: got %s, want %s", i, h.Name, got, want)
			}
		}
	}
	for _, h := range hops {
		if h.End != nil {
			h.End(t.Context())
		}
	}
}

// TestTheTokensCheckIsWarmWhereBothAre, the Secret's server and the NAS Vault; the
// ends of a flow's hops close what it left at either.
func TestTheTokensCheckIsWarmWhereBothAre(t *testing.T) {
	var open atomic.Int32
	server := func(said string) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, said)
		}))
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed:
				open.Add(-1)
			}
		}
		s.Start()
		t.Cleanup(s.Close)
		return s
	}
	cluster := server(`{"data":{"token":"aHZzLkVYQU1QTEUwZXhhbXBsZTBFWEFNUExF"}}`)
	vault := server(`{"data":{"ttl":60,"policies":["default"]}}`)
	k8s := kubernetesAt(t, cluster.URL)
	hops := hop.Build(config.Flow{
		NAS: config.NAS{Vault: &config.Vault{Address: vault.URL}}, Main: config.Main{Kubernetes: &k8s}, Connections: config.Reuse, ColdEvery: 100,
	}, nil)
	token := hops[slices.IndexFunc(hops, func(h hop.Hop) bool { return h.Name == flow.Token })]
	for _, step := range []struct {
		closed *httptest.Server
		want   string
	}{{nil, "cold"}, {nil, "warm"}, {cluster, "cold"}, {nil, "warm"}, {vault, "cold"}, {nil, "warm"}} {
		if step.closed != nil {
			step.closed.CloseClientConnections()
		}
		if got := warm(t, token); got != step.want {
			t.Errorf("got %s, want %s", got, step.want)
		}
	}
	if got := open.Load(); got != 2 {
		t.Errorf("got %d connections open, want one at each", got)
	}
	for _, h := range hops {
		h.End(t.Context())
	}
	for open.Load() > 0 { // or the test's own end
		time.Sleep(time.Millisecond)
	}
}
