package upstream_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// reused is a Vault whose checks leave what they made to the next ones.
func reused(t *testing.T, cfg config.Vault) *upstream.VaultServer {
	t.Helper()
	vault := upstream.NASVault(cfg)
	vault.Reuse(nil)
	t.Cleanup(func() { vault.End(context.WithoutCancel(t.Context())) })
	return vault
}

// check asks for the health of a Vault once.
func check(ctx context.Context, vault *upstream.VaultServer) (upstream.Trace, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // bounds a hang
	defer cancel()
	var trace upstream.Trace
	client, err := vault.Open(ctx, &trace)
	if err != nil {
		return trace, err
	}
	_, err = client.Health(ctx)
	client.Close()
	return trace, err
}

// wants fails unless a check opened and reused as many connections, and failed
// for a reason.
func wants(t *testing.T, what string, trace upstream.Trace, err error, opened, again int, why reason.Reason) {
	t.Helper()
	if trace.Opened != opened || trace.Reused != again || reason.Of(err) != why {
		t.Errorf("%s: got %d connections opened, %d used again and %v, want %d, %d and reason %q", what, trace.Opened, trace.Reused, err, opened, again, why)
	}
}

// moved is a network in which a name leads where it is told.
type moved struct{ to atomic.Pointer[string] }

// DialContext implements upstream.Network.
func (m *moved) DialContext(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, *m.to.Load())
}

// TestANameLeadsElsewhere from the next cold check on.
func TestANameLeadsElsewhere(t *testing.T) {
	var asked [2]atomic.Int32
	var dns moved
	lead := func(i int, server *httptest.Server) {
		address := server.Listener.Addr().String()
		dns.to.Store(&address)
	}
	var servers [2]*httptest.Server
	for i := range servers {
		servers[i] = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked[i].Add(1)
			active(w, r)
		}))
		t.Cleanup(servers[i].Close)
	}
	ctx := upstream.Over(t.Context(), &dns)
	vault := reused(t, config.Vault{Address: "http://vault.example:8200"})
	lead(0, servers[0])
	for _, step := range []struct {
		ctx  context.Context
		want [2]int32
	}{{ctx, [2]int32{1, 0}}, {ctx, [2]int32{2, 0}}, {upstream.Cold(ctx), [2]int32{2, 1}}, {ctx, [2]int32{2, 2}}} {
		if _, err := check(step.ctx, vault); err != nil {
			t.Fatal(err)
		}
		if got := [2]int32{asked[0].Load(), asked[1].Load()}; got != step.want {
			t.Errorf("got %v requests at the two, want %v", got, step.want)
		}
		lead(1, servers[1])
	}
}

// TestAnIdleConnectionIsClosedByTheServer: that is no failure.
func TestAnIdleConnectionIsClosedByTheServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(active))
	defer server.Close()
	vault := reused(t, config.Vault{Address: server.URL})
	for range 5 {
		if _, err := check(t.Context(), vault); err != nil {
			t.Error(err)
		}
		server.CloseClientConnections()
	}
}

// TestEndClosesWhatIsOpen, and a check that comes later keeps nothing.
func TestEndClosesWhatIsOpen(t *testing.T) {
	states := make(chan http.ConnState, 100)
	server := httptest.NewUnstartedServer(http.HandlerFunc(active))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) { states <- s }
	server.Start()
	defer server.Close()
	vault := reused(t, config.Vault{Address: server.URL})
	for range 2 {
		if _, err := check(t.Context(), vault); err != nil {
			t.Fatal(err)
		}
	}
	vault.End(t.Context())
	for <-states != http.StateClosed { // or the test's own end
	}
	trace, err := check(t.Context(), vault)
	wants(t, "after the end", trace, err, 1, 0, "")
	for <-states != http.StateClosed {
	}
}

// TestManyChecksLeaveNothingBehind, warm and cold.
func TestManyChecksLeaveNothingBehind(t *testing.T) {
	const many, every = 5000, 10
	server := httptest.NewUnstartedServer(http.HandlerFunc(active))
	_, most := counting(server)
	server.Start()
	defer server.Close()
	vault := reused(t, config.Vault{Address: server.URL})
	before := 0
	for i := range many {
		ctx := t.Context()
		if i%every == 0 {
			ctx = upstream.Cold(ctx)
		}
		if _, err := check(ctx, vault); err != nil {
			t.Fatal(err)
		}
		if i == many/10 {
			before = runtime.NumGoroutine()
		}
	}
	if got := runtime.NumGoroutine(); got > before+10 || most.Load() > 10 {
		t.Errorf("got %d goroutines after %d before, and up to %d connections at once", got, before, most.Load())
	}
}

// TestATokenFileThatChangesCountsAtOnce, under a warm connection.
func TestATokenFileThatChangesCountsAtOnce(t *testing.T) {
	var shown atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown.Store(r.Header.Get("X-Vault-Token"))
		_, _ = w.Write([]byte(`{}`))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "token")
	vault := reused(t, config.Vault{Address: server.URL, Auth: &config.Auth{TokenFile: file}})
	for _, want := range []string{"hvs.EXAMPLEone", "hvs.EXAMPLEtwo"} {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := use(t.Context(), vault); err != nil {
			t.Fatal(err)
		}
		if got := shown.Load(); got != want {
			t.Errorf("got another token sent than is in the file")
		}
	}
}

// use logs in, writes a body, and logs out.
func use(ctx context.Context, vault *upstream.VaultServer) (upstream.Trace, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // bounds a hang
	defer cancel()
	var trace upstream.Trace
	client, err := vault.Open(ctx, &trace)
	if err != nil {
		return trace, err
	}
	defer client.Close()
	if err := client.Login(ctx); err != nil {
		return trace, err
	}
	err = client.Call(ctx, upstream.OpTransitDecrypt, upstream.Request{Method: http.MethodPut, Path: "transit/decrypt/key", Body: map[string]string{"ciphertext": "x"}}, nil)
	_ = client.Logout(ctx)
	return trace, err
}
