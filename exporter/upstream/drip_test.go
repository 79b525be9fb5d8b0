package upstream_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"homelab.io/vault-health-exporter/chaos/network"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// drip writes beginning and then again and again the same, until nobody reads it.
func drip(conn net.Conn, beginning, again string) {
	defer conn.Close()
	_, err := io.WriteString(conn, beginning)
	for ; err == nil; _, err = io.WriteString(conn, again) {
		time.Sleep(10 * time.Millisecond)
	}
}

// dripping answers every request so.
func dripping(beginning, again string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			drip(conn, beginning, again)
		}
	}
}

// question is asked by a client, by the end of ctx.
type question func(ctx context.Context, t *testing.T) error

func asksVault(kept bool) question {
	return func(ctx context.Context, t *testing.T) error {
		server := upstream.NASVault(config.Vault{Address: "http://10.0.0.1:80"})
		if kept {
			server.Reuse(nil)
			defer server.End(ctx)
		}
		client, err := server.Open(ctx, &upstream.Trace{})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		_, err = client.Health(ctx)
		return err
	}
}

func asksCluster(address string, kept, list bool) question {
	return func(ctx context.Context, t *testing.T) error {
		server := upstream.MainCluster(kubeAt(t, address, insecure, ""))
		if kept {
			server.Reuse(nil)
			defer server.End(ctx)
		}
		client, err := server.Open(ctx, &upstream.Trace{})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if list {
			return upstream.List(ctx, client, "api/v1", "things", nil, func(struct{}) {})
		}
		return client.Get(ctx, "api/v1", "things", "x", &struct{}{})
	}
}

func asksDocker(ctx context.Context, t *testing.T) error {
	client, err := upstream.OpenDocker(config.Docker{Host: "tcp://10.0.0.1:80"}, &upstream.Trace{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Inspect(ctx, "c"); err != nil {
		return err
	}
	command := upstream.Command{Container: "c", Args: []string{"cat", "/f"}}
	return client.Exec(ctx, upstream.OpDockerExec, command, func(upstream.ExecOutput) error { return nil })
}

// wantTimeout has somebody ask for a second, in virtual time.
func wantTimeout(t *testing.T, ask question, serve func(plain, secure net.Listener)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(time.Second) // what sleeps in the server ends
		var over network.Network
		listeners := map[string]net.Listener{}
		for _, address := range []string{"10.0.0.1:80", "10.0.0.1:443"} {
			listener, err := over.Listen(address)
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			listeners[address] = listener
		}
		serve(listeners["10.0.0.1:80"], listeners["10.0.0.1:443"])
		ctx, cancel := context.WithTimeout(upstream.Over(t.Context(), &over), time.Second)
		defer cancel()
		if err := ask(ctx, t); reason.Of(err) != reason.Timeout {
			t.Errorf("got %v, want reason %q", err, reason.Timeout)
		}
	})
}

// reply is one that drips.
type reply struct{ beginning, again string }

// overHTTP and overTLS are who reads replies.
var (
	overHTTP = map[string]question{
		"vault":        asksVault(false),
		"vault, kept":  asksVault(true),
		"object":       asksCluster("http://10.0.0.1:80", false, false),
		"object, kept": asksCluster("http://10.0.0.1:80", true, false),
		"list":         asksCluster("http://10.0.0.1:80", false, true),
		"list, kept":   asksCluster("http://10.0.0.1:80", true, true),
		"docker":       asksDocker,
	}
	overTLS = map[string]question{"list, TLS": asksCluster("https://10.0.0.1:443", false, true)}
)

// TestRepliesThatDripAreATimeout, whoever reads them and wherever they drip: what
// the check's time cut off was connection_reset now and then, malformed_response,
// or whatever its status means alone.
func TestRepliesThatDripAreATimeout(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
	replies := map[string]reply{
		"status line":   {"HTTP/1.1 200 O", "a"},
		"header":        {ok + "X-A: ", "a"},
		"headers":       {ok, "X-A: a\r\n"},
		"body":          {ok + "\r\n{\"a\":\"", "a"},
		"between items": {ok + "\r\n{\"items\":[{}", " "},
		"items":         {ok + "\r\n{\"items\":[{}", ",{}"},
		"chunks":        {chunked + "1\r\n{\r\n", "1\r\n \r\n"},
		"chunk's size":  {chunked + "1;", "a"},
		"trailer":       {chunked + "2\r\n{}\r\n0\r\nX-A: ", "a"},
		"trailers":      {chunked + "2\r\n{}\r\n0\r\n", "X-A: a\r\n"},
		"not found":     {"HTTP/1.1 404 Not Found\r\n\r\n", "a"},
		"mesh":          {"HTTP/1.1 503 Service Unavailable\r\nServer: envoy\r\n\r\n", "a"},
	}
	wantTimeouts(t, replies, overHTTP)
	wantTimeouts(t, replies, overTLS)
	// Its text may be that the port wants TLS.
	wantTimeouts(t, map[string]reply{"bad request": {"HTTP/1.1 400 Bad Request\r\n\r\n", "a"}}, overHTTP)
}

func wantTimeouts(t *testing.T, replies map[string]reply, readers map[string]question) {
	t.Helper()
	leaf := newAuthority(t).leaf("10.0.0.1", time.Hour)
	for where, r := range replies {
		for who, ask := range readers {
			t.Run(where+"/"+who, func(t *testing.T) {
				wantTimeout(t, ask, func(plain, secure net.Listener) {
					server := http.Server{Handler: dripping(r.beginning, r.again)}
					go func() { _ = server.Serve(plain) }()
					go func() { _ = server.Serve(tls.NewListener(secure, &tls.Config{Certificates: []tls.Certificate{leaf}})) }()
				})
			})
		}
	}
}

// TestHandshakesThatDripAreATimeout.
func TestHandshakesThatDripAreATimeout(t *testing.T) {
	for _, kept := range []bool{false, true} {
		wantTimeout(t, asksCluster("https://10.0.0.1:443", kept, false), func(_, secure net.Listener) {
			go func() {
				if conn, err := secure.Accept(); err == nil {
					drip(conn, "\x16\x03\x03\x3f\xff", "\x00")
				}
			}()
		})
	}
}

// TestOutputThatDripsIsATimeout.
func TestOutputThatDripsIsATimeout(t *testing.T) {
	const upgraded = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
	for where, r := range map[string]reply{
		"frame":  {upgraded + frame(1, strings.Repeat("a", 255))[:9], "a"},
		"frames": {upgraded, frame(1, "")},
	} {
		t.Run(where, func(t *testing.T) {
			wantTimeout(t, asksDocker, func(plain, _ net.Listener) {
				server := http.Server{Handler: &dockerd{version: "1.41", answers: map[string]http.HandlerFunc{
					"POST /exec/e1/start": dripping(r.beginning, r.again),
				}}}
				go func() { _ = server.Serve(plain) }()
			})
		})
	}
}
