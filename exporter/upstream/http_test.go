package upstream_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// forever writes beginning and then again and again what follows.
func forever(beginning, again string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, beginning)
		blob := []byte(strings.Repeat(again, 1+1<<16/len(again)))
		for {
			if _, err := conn.Write(blob); err != nil {
				return
			}
		}
	}
}

// TestEndlessRepliesEnd, each with a reason and without growing. The timeouts
// of what never answers are short, the others' generous.
func TestEndlessRepliesEnd(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	for _, tc := range []struct {
		name  string
		serve func(net.Conn)
		want  reason.Reason
	}{
		{"a string", forever(ok+"\r\n{\"version\":\"", "A"), reason.MalformedResponse},
		{"an array", forever(ok+"\r\n{\"data\":[", "0,"), reason.MalformedResponse},
		{"headers", forever(ok, "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"), reason.MalformedResponse},
		{"a header's line", forever(ok+"X-A: ", "a"), reason.MalformedResponse},
		{"early hints", forever("", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"), reason.MalformedResponse},
		{"a chunk's extension", forever(ok+"Transfer-Encoding: chunked\r\n\r\n1;", "a"), reason.MalformedResponse},
		{"trailers", forever(ok+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", "X-A: aaaaaaaaaaaaaaaaaaaa\r\n"), ""},
		{"compressed zeroes", forever(ok+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08", "\x00"), reason.MalformedResponse},
		{"no HTTP", forever("", "SSH-2.0-OpenSSH_9.6\r\n"), reason.MalformedResponse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			address := "http://" + accepting(t, tc.serve)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := within(t, 20*time.Second, config.Vault{Address: address})
			runtime.ReadMemStats(&after)
			if tc.want != "" && reason.Of(err) != tc.want {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
			if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 64 {
				t.Errorf("got %d MiB allocated", got)
			}
		})
	}
}

// within asks for the health of a Vault within limit.
func within(t *testing.T, limit time.Duration, cfg config.Vault) (upstream.Trace, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	var trace upstream.Trace
	client, err := upstream.OpenVault(cfg, upstream.EndpointNASVault, &trace)
	if err != nil {
		return trace, err
	}
	defer client.Close()
	_, err = client.Health(ctx)
	return trace, err
}

// TestManySmallValuesAreRefused: 4 MiB of them took hundreds in memory.
func TestManySmallValuesAreRefused(t *testing.T) {
	for _, value := range []string{"{}", "[]", `""`, "0"} {
		reply := `{"data":{"data":{"token":"x","a":[` + strings.TrimSuffix(strings.Repeat(value+",", 200_000), ",") + `]}}}`
		cfg := config.Vault{Address: answers(t, 200, nil, reply), KV: &config.KV{Mount: "secret", Path: "p", Field: "token"}}
		var trace upstream.Trace
		client, err := upstream.OpenVault(cfg, upstream.EndpointNASVault, &trace)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = client.ReadToken(t.Context(), *cfg.KV)
		client.Close()
		if reason.Of(err) != reason.MalformedResponse {
			t.Errorf("%s: got %v, want reason %q", value, err, reason.MalformedResponse)
		}
	}
}

// TestWhatComesUnaskedIsDropped: net/http printed it with its own logger, token
// and all, and could have taken it for the next answer.
func TestWhatComesUnaskedIsDropped(t *testing.T) {
	const body = `{"initialized":true,"sealed":false,"standby":false,"version":"1.21.0","server_time_utc":1}`
	var printed bytes.Buffer
	log.SetOutput(&printed)
	t.Cleanup(func() { log.SetOutput(io.Discard) })
	var connections atomic.Int32
	address := accepting(t, func(conn net.Conn) {
		connections.Add(1)
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s{\"token\":\"hvs.UNASKED\"}", len(body), body)
		_, _ = io.Copy(io.Discard, conn)
	})
	var trace upstream.Trace
	client, err := upstream.OpenVault(config.Vault{Address: "http://" + address}, upstream.EndpointNASVault, &trace)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := client.Health(t.Context()); err != nil {
			t.Error(err)
		}
	}
	client.Close()
	if got := connections.Load(); got != 5 {
		t.Errorf("got %d connections, want one for each request", got)
	}
	if printed.Len() > 0 {
		t.Errorf("got %q printed", printed.String())
	}
}

// TestAHostThatDropsPackets: it was timeout, now and then canceled, and never
// what is documented.
func TestAHostThatDropsPackets(t *testing.T) {
	// A full queue of connections that nobody accepts drops the next ones.
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port)
	for range 4 {
		if conn, err := net.DialTimeout("tcp", address, 50*time.Millisecond); err == nil {
			defer conn.Close()
		}
	}
	for range 3 {
		_, err := within(t, 2*time.Second, config.Vault{Address: "http://" + address})
		if reason.Of(err) != reason.ConnectTimeout {
			t.Fatalf("got %v, want reason %q", err, reason.ConnectTimeout)
		}
	}
}

// TestOnlyOurOwnStopIsCanceled.
func TestOnlyOurOwnStopIsCanceled(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	for range 10 {
		if _, err := within(t, 20*time.Millisecond, config.Vault{Address: server.URL}); reason.Of(err) != reason.Timeout && reason.Of(err) != reason.ConnectTimeout {
			t.Errorf("got %v, want a time limit", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	stop := time.AfterFunc(10*time.Millisecond, cancel)
	defer stop.Stop()
	var trace upstream.Trace
	client, err := upstream.OpenVault(config.Vault{Address: server.URL}, upstream.EndpointNASVault, &trace)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Health(ctx); reason.Of(err) != reason.Canceled {
		t.Errorf("got %v, want reason %q", err, reason.Canceled)
	}
}
