package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// serveLimited serves e under the limits of NewServer, and returns its address.
func serveLimited(t *testing.T, e *exporter, metrics http.Handler, connections int) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(New(e, metrics, time.Now, Options{}), slog.New(slog.DiscardHandler))
	server.ConnState = newRoom(connections).enter
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// TestSlowReadersCostThemselvesOnly: thousands who did not read what they asked
// for had the exporter killed for its memory.
func TestSlowReadersCostThemselvesOnly(t *testing.T) {
	large := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 8<<20)) // more than any socket takes
	})
	address := serveLimited(t, &exporter{snapshots: []runner.Snapshot{green()}}, large, 8)
	for i := range 100 {
		slow, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Close()
		if _, err := io.WriteString(slow, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatalf("asking for the %d. time: %v", i, err)
		}
	}
	if got := ask(t, "GET", "http://"+address+"/-/healthy"); got.status != http.StatusOK {
		t.Errorf("got %d beside slow readers", got.status)
	}
	if got := ask(t, "GET", "http://"+address+"/metrics"); len(got.body) != 8<<20 {
		t.Errorf("got %d bytes beside slow readers", len(got.body))
	}
}

// TestTheQuietestConnectionMakesRoom: one that is in use stays.
func TestTheQuietestConnectionMakesRoom(t *testing.T) {
	r := newRoom(2)
	connect := func() (client, server net.Conn) {
		client, server = net.Pipe()
		t.Cleanup(func() { _ = client.Close() })
		r.enter(server, http.StateNew)
		return client, server
	}
	open := func(client net.Conn) bool {
		_ = client.SetReadDeadline(time.Unix(1, 0))
		_, err := client.Read(make([]byte, 1))
		return errors.Is(err, os.ErrDeadlineExceeded)
	}
	used, at := connect()
	for range 10 {
		idle, _ := connect()
		r.enter(at, http.StateActive)
		r.enter(at, http.StateIdle)
		connect()
		if open(idle) || !open(used) {
			t.Fatalf("got the idle one open %t and the used one %t, want the used one only", open(idle), open(used))
		}
		r.enter(at, http.StateIdle)
	}
	r.enter(at, http.StateClosed)
	if len(r.places) != 1 || r.quiet.Len() != 1 {
		t.Errorf("got %d connections in the room, want 1", len(r.places))
	}
}

// TestTheAddressWithMostMakesRoom: whoever opens thousands of connections in a
// second had the kubelet's probes cut off before they were answered.
func TestTheAddressWithMostMakesRoom(t *testing.T) {
	r := newRoom(4)
	connect := func(host string) net.Conn {
		client, server := net.Pipe()
		t.Cleanup(func() { _ = client.Close() })
		r.enter(from{server, &net.TCPAddr{IP: net.ParseIP(host), Port: 1024 + r.quiet.Len()}}, http.StateNew)
		return client
	}
	open := func(client net.Conn) bool {
		_ = client.SetReadDeadline(time.Unix(1, 0))
		_, err := client.Read(make([]byte, 1))
		return errors.Is(err, os.ErrDeadlineExceeded)
	}
	kubelet, prometheus := connect("192.0.2.1"), connect("2001:db8::1")
	for range 100 {
		connect("192.0.2.66")
	}
	if !open(kubelet) || !open(prometheus) {
		t.Errorf("got the kubelet's open %t and Prometheus' open %t beside a hundred of another", open(kubelet), open(prometheus))
	}
	for i := range 4 {
		connect(fmt.Sprintf("192.0.2.%d", 100+i))
	}
	if open(kubelet) {
		t.Error("got the quietest open where each address has one")
	}
}

// from is a connection that comes from elsewhere.
type from struct {
	net.Conn
	remote net.Addr
}

func (c from) RemoteAddr() net.Addr { return c.remote }

// counting counts how often it is asked.
type counting struct{ times int }

func (c *counting) Gather() ([]*dto.MetricFamily, error) {
	c.times++
	return nil, nil
}

// TestManyScrapersAreServedByOneGathering: by one that began after they asked.
func TestManyScrapersAreServedByOneGathering(t *testing.T) {
	var gathered counting
	x := Metrics(unselected{&gathered}).(*exposition)
	arrived := time.Now()
	for range 1000 {
		x.answer(question{}, &gathered, arrived)
	}
	if gathered.times != 1 {
		t.Errorf("got %d gatherings for 1000 scrapers at once, want 1", gathered.times)
	}
	x.answer(question{}, &gathered, time.Now())
	if gathered.times != 2 {
		t.Errorf("got %d gatherings, want another one for who asks later", gathered.times)
	}
}

// TestAScrapeIsNeverOlderThanItsRequest: sharing must not show the past.
func TestAScrapeIsNeverOlderThanItsRequest(t *testing.T) {
	registry := prometheus.NewRegistry()
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "now", Help: "x"})
	registry.MustRegister(gauge)
	metrics := Metrics(unselected{registry})
	for i := range 50 {
		gauge.Set(float64(i))
		answer := httptest.NewRecorder()
		metrics.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
		if want := fmt.Sprintf("now %d\n", i); !strings.Contains(answer.Body.String(), want) {
			t.Fatalf("got %q, want %q", answer.Body, want)
		}
	}
}

func TestEachFormatGetsItsOwn(t *testing.T) {
	metrics := Metrics(unselected{prometheus.NewRegistry()})
	for accept, want := range map[string]string{"": "text/plain", "application/openmetrics-text;version=1.0.0": "application/openmetrics-text"} {
		request := httptest.NewRequest("GET", "/metrics", nil)
		request.Header.Set("Accept", accept)
		answer := httptest.NewRecorder()
		metrics.ServeHTTP(answer, request)
		if got := answer.Header().Get("Content-Type"); !strings.HasPrefix(got, want) {
			t.Errorf("accepting %q: got %q, want %q", accept, got, want)
		}
	}
}

// TestProbesThatWaitAreFew: more are told to come again, at once.
func TestProbesThatWaitAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler := probe(&exporter{snapshots: []runner.Snapshot{green()}, check: func(ctx context.Context, _ prometheus.Registerer) (hop.Reading, error) {
			<-ctx.Done()
			return hop.Reading{}, ctx.Err()
		}})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for range maxProbes {
			go handler(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", probePath, nil))
		}
		synctest.Wait()
		begin, answer := time.Now(), httptest.NewRecorder()
		handler(answer, httptest.NewRequest("GET", probePath, nil))
		if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" || time.Since(begin) > 0 {
			t.Errorf("got %d after %s, want 503 with Retry-After at once", answer.Code, time.Since(begin))
		}
	})
}

func TestABusyProbeIsNoFailure(t *testing.T) {
	server := serve(t, &exporter{check: func(context.Context, prometheus.Registerer) (hop.Reading, error) {
		return hop.Reading{}, runner.ErrBusy
	}})
	if got := ask(t, "GET", server.URL+probePath); got.status != http.StatusServiceUnavailable || strings.Contains(got.body, "probe_success") {
		t.Errorf("got %d %q, want 503 and no sample", got.status, got.body)
	}
}

// TestAnotherSitesPageCannotReload: a browser says where a request comes from.
func TestAnotherSitesPageCannotReload(t *testing.T) {
	server := serve(t, &exporter{})
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if got := ask(t, "POST", server.URL+"/-/reload", header...); got.status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", header, got.status)
		}
	}
	if got := ask(t, "POST", server.URL+"/-/reload", "Sec-Fetch-Site", "same-origin"); got.status != http.StatusOK {
		t.Errorf("from its own page: got %d, want 200", got.status)
	}
}

func TestReloadAndProbeCanBeSwitchedOff(t *testing.T) {
	server := httptest.NewServer(New(&exporter{}, http.NotFoundHandler(), time.Now, Options{WithoutReload: true, WithoutProbe: true}))
	defer server.Close()
	for path, method := range map[string]string{"/-/reload": "POST", probePath: "GET"} {
		if got := ask(t, method, server.URL+path); got.status != http.StatusNotFound {
			t.Errorf("%s %s: got %d, want 404", method, path, got.status)
		}
	}
}
