package homelab_test

import (
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// toxics are toxiproxy's words for the catalogue's, but for Cut, which is a proxy
// that is stopped.
var toxics = map[chaos.Kind]func(chaos.Toxic) toxic{
	chaos.Latency:   func(t chaos.Toxic) toxic { return down("latency", attributes{"latency": t.Delay.Milliseconds()}) },
	chaos.StallDown: func(chaos.Toxic) toxic { return down("timeout", attributes{"timeout": 0}) },
	chaos.StallUp:   func(chaos.Toxic) toxic { return up("timeout", attributes{"timeout": 0}) },
	chaos.Reset:     func(chaos.Toxic) toxic { return down("reset_peer", attributes{"timeout": 0}) },
	chaos.LimitDown: func(t chaos.Toxic) toxic { return down("limit_data", attributes{"bytes": t.Bytes}) },
	chaos.LimitUp:   func(t chaos.Toxic) toxic { return up("limit_data", attributes{"bytes": t.Bytes}) },
	chaos.SlowClose: func(t chaos.Toxic) toxic { return down("slow_close", attributes{"delay": t.Delay.Milliseconds()}) },
	chaos.Slicer:    sliced,
	chaos.Bandwidth: sliced, // toxiproxy's own bandwidth has no less than a kilobyte a second
}

func sliced(t chaos.Toxic) toxic {
	return down("slicer", attributes{"average_size": t.Bytes, "size_variation": 1, "delay": t.Delay.Microseconds()})
}

type attributes map[string]any

// toxic is one of toxiproxy's.
type toxic struct {
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Stream     string     `json:"stream"`
	Attributes attributes `json:"attributes"`
}

func down(kind string, a attributes) toxic { return toxic{"toxic", kind, "downstream", a} }

func up(kind string, a attributes) toxic { return toxic{"toxic", kind, "upstream", a} }

// proxied is the network of this machine with a proxy before each server.
type proxied struct {
	proxies map[chaos.Link]*toxiproxy.Proxy
	before  map[string]string // the proxy's address by the server's
}

// DialContext implements upstream.Network.
func (p proxied) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, p.before[address])
}

func putProxies(t *testing.T, servers map[chaos.Link]string) proxied {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := proxied{map[chaos.Link]*toxiproxy.Proxy{}, map[string]string{}}
	for link, address := range servers {
		proxy := toxiproxy.NewProxy(server, string(link), "127.0.0.1:0", address)
		if err := proxy.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(proxy.Stop)
		p.proxies[link], p.before[address] = proxy, proxy.Listen
	}
	return p
}

// disturb plays a fault of the links and returns how it is undone.
func (p proxied) disturb(t *testing.T, d chaos.Disturbed) (undo func()) {
	t.Helper()
	proxy := p.proxies[d.Links[0]]
	if d.Toxic.Kind == chaos.Cut {
		proxy.Stop()
		return func() {
			if err := proxy.Start(); err != nil { // at the address that it had
				t.Fatal(err)
			}
		}
	}
	body, err := json.Marshal(toxics[d.Toxic.Kind](d.Toxic))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(string(body))); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := proxy.Toxics.RemoveToxic(t.Context(), "toxic"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryLinkOnSockets disturbs real TCP and TLS on loopback in every way that
// toxiproxy has: what is seen is what the simulation sees on its own network.
func TestEveryLinkOnSockets(t *testing.T) {
	for _, f := range chaos.Simulated() {
		if f.Link == nil {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			if f.Link.Toxic.Kind == chaos.Drop {
				t.Skip("toxiproxy takes every connection; TestAHostThatDropsPackets has a host that does not")
			}
			t.Parallel()
			home := homelabtest.Start(t, homelabtest.OnRequest)
			proxies := putProxies(t, home.Addresses())
			checks := over(proxies, hop.Build(home.Flow))
			undo := proxies.disturb(t, *f.Link)
			patience := time.Minute
			switch f.Link.Toxic.Kind {
			case chaos.StallDown, chaos.StallUp, chaos.Bandwidth:
				patience = 3 * time.Second // all of which it costs
			}
			got := observe(t, checks, patience)
			if diff := cmp.Diff(f.Seen, sees(got)); diff != "" {
				t.Errorf("what the exporter sees (-want +got):\n%s", diff)
			}
			if verdict := flow.Judge(got); verdict.Hop != f.Hop || verdict.Reason != f.Reason {
				t.Errorf("got blame %q %q, want %q %q", verdict.Hop, verdict.Reason, f.Hop, f.Reason)
			}
			undo()
			if got := sees(observe(t, checks, time.Minute)); got != "" {
				t.Errorf("after it was undone: got %q, want green", got)
			}
		})
	}
}

// over has the checks open their connections over the proxies.
func over(p proxied, checks []hop.Hop) []hop.Hop {
	for i, h := range checks {
		checks[i].Check = func(ctx context.Context) (hop.Reading, error) { return h.Check(upstream.Over(ctx, p)) }
	}
	return checks
}
