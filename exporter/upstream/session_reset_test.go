package upstream_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// serving answers requests on each connection as it is told to: by the number of
// the connection and of the request on it. It stops where it is told "".
func serving(t *testing.T, answer func(conn, request int, c net.Conn) string) (address string, bodies *atomic.Int32) {
	t.Helper()
	var conns atomic.Int32
	bodies = new(atomic.Int32)
	address = accepting(t, func(c net.Conn) {
		n, in := int(conns.Add(1)), bufio.NewReader(c)
		for i := 1; ; i++ {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if body, err := io.ReadAll(r.Body); err == nil && string(body) == `{"ciphertext":"x"}` {
				bodies.Add(1)
			}
			said := answer(n, i, c)
			if said == "" {
				return
			}
			_, _ = io.WriteString(c, said)
		}
	})
	return "http://" + address, bodies
}

const fine = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 36\r\n\r\n" + `{"initialized":true,"sealed":false }`

// TestAUsedConnectionFails: what it was asked is asked once more on a new one, and
// what that says counts.
func TestAUsedConnectionFails(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer func(conn, request int, c net.Conn) string
		want   reason.Reason
	}{
		{"it is reset", func(_, request int, c net.Conn) string {
			if request == 1 {
				return fine
			}
			_ = c.(*net.TCPConn).SetLinger(0)
			return ""
		}, ""},
		{"it is closed", func(_, request int, _ net.Conn) string { return map[bool]string{true: fine}[request == 1] }, ""},
		{"it says something else", func(_, request int, _ net.Conn) string {
			return map[bool]string{true: fine, false: "SSH-2.0\r\n"}[request == 1]
		}, ""},
		{"it hangs", func(_, request int, c net.Conn) string {
			if request == 1 {
				return fine
			}
			_, _ = c.Read(make([]byte, 1)) // up to its end
			return ""
		}, ""},
		{"the new one is closed, too", func(conn, request int, _ net.Conn) string {
			return map[bool]string{true: fine}[conn == 1 && request == 1]
		}, reason.ConnectionReset},
		{"the new one hangs, too", func(conn, request int, c net.Conn) string {
			if conn == 1 && request == 1 {
				return fine
			}
			_, _ = c.Read(make([]byte, 1))
			return ""
		}, reason.Timeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			address, bodies := serving(t, tc.answer)
			vault := reused(t, config.Vault{Address: address})
			if _, err := use(t.Context(), vault); err != nil {
				t.Fatal(err)
			}
			patience := time.Minute
			if strings.Contains(tc.name, "hang") {
				patience = 2 * time.Second // of which it costs half, or all
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if _, err := use(ctx, vault); reason.Of(err) != tc.want {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
			if got := bodies.Load(); got != 3 {
				t.Errorf("got %d whole requests, want the first, the one that failed, and that again", got)
			}
		})
	}
}

// TestANewConnectionFails: that is the server's doing, and is not tried again.
func TestANewConnectionFails(t *testing.T) {
	address, bodies := serving(t, func(_, _ int, _ net.Conn) string { return "" })
	_, err := use(upstream.Cold(t.Context()), reused(t, config.Vault{Address: address}))
	if reason.Of(err) != reason.ConnectionReset || bodies.Load() != 1 {
		t.Errorf("got %v after %d requests, want reason %q after one", err, bodies.Load(), reason.ConnectionReset)
	}
}
