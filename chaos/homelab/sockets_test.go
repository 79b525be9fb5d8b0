//go:build !race

package homelab_test

import (
	"context"
	"encoding/json"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/chaos/toxics"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

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
	p := proxied{map[chaos.Link]*toxiproxy.Proxy{}, map[string]string{}}
	for link, address := range servers {
		p.put(t, link, address)
	}
	return p
}

// put puts a proxy before a server, at a port of its own.
func (p proxied) put(t *testing.T, link chaos.Link, address string) {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, string(link), "127.0.0.1:0", address)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	p.proxies[link], p.before[address] = proxy, proxy.Listen
}

// refusing is an address that nobody else gets, and at which nobody listens.
func refusing(t *testing.T) string {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(socket) })
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(bound.(*syscall.SockaddrInet4).Port))
}

// disturb plays a fault of the links and returns how it is undone.
func (p proxied) disturb(t *testing.T, d chaos.Disturbed) (undo func()) {
	t.Helper()
	proxy := p.proxies[d.Links[0]]
	if d.Toxic.Kind == chaos.Cut {
		proxy.Stop() // whose port may be anybody's from now on
		p.before[proxy.Upstream] = refusing(t)
		return func() { p.put(t, d.Links[0], proxy.Upstream) }
	}
	toxic, ok := toxics.Of(d.Toxic)
	if !ok {
		t.Fatalf("got no toxic of the kind %q", d.Toxic.Kind)
	}
	body, err := json.Marshal(toxic)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(string(body))); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := proxy.Toxics.RemoveToxic(t.Context(), toxic.Name); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryLinkOnSockets disturbs real TCP and TLS on loopback in every way that
// toxiproxy has: what is seen is what the simulation sees on its own network.
func TestEveryLinkOnSockets(t *testing.T) {
	for _, f := range chaos.Simulated() {
		if f.Link == nil || f.Link.Toxic.Kind == chaos.Drop { // toxiproxy takes every connection; TestAHostThatDropsPackets has a host that does not
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			home := homelabtest.Start(t, homelabtest.OnRequest)
			proxies := putProxies(t, home.Addresses())
			checks := over(proxies, hop.Build(home.Flow, nil))
			undo := proxies.disturb(t, *f.Link)
			atOnce, _ := f.Shown()
			got := observe(t, impatient(checks, atOnce), time.Minute)
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

// impatient gives the checks that must run out of time little of it, which they
// cost. The others have all that they want, however busy the machine is.
func impatient(checks []hop.Hop, fail map[flow.Hop]reason.Reason) []hop.Hop {
	all := slices.Clone(checks)
	for i, h := range all {
		if fail[h.Name] == reason.Timeout {
			all[i].Check = func(ctx context.Context) (hop.Reading, error) {
				ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
				defer cancel()
				return h.Check(ctx)
			}
		}
	}
	return all
}

// over has the checks open their connections over the proxies.
func over(p proxied, checks []hop.Hop) []hop.Hop {
	for i, h := range checks {
		checks[i].Check = func(ctx context.Context) (hop.Reading, error) { return h.Check(upstream.Over(ctx, p)) }
	}
	return checks
}
