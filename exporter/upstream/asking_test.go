package upstream_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestAReplyThatEndsWithinItsHead was called no HTTP, where its server was slow or
// gone: net/http parses what there is of a line.
func TestAReplyThatEndsWithinItsHead(t *testing.T) {
	for _, head := range []string{"HTTP", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Ty"} {
		for _, end := range []struct {
			name string
			end  func(*net.TCPConn)
			want reason.Reason
		}{
			{"nothing more comes", func(c *net.TCPConn) { _, _ = c.Read(make([]byte, 1)) }, reason.Timeout},
			{"it is closed", func(*net.TCPConn) {}, reason.Truncated},
			{"it is reset", func(c *net.TCPConn) { _ = c.SetLinger(0) }, reason.ConnectionReset},
		} {
			t.Run(fmt.Sprintf("%s, %s", head, end.name), func(t *testing.T) {
				t.Parallel()
				read := make(chan struct{})
				address := accepting(t, func(conn net.Conn) {
					_, _ = conn.Read(make([]byte, 4096))
					_, _ = io.WriteString(conn, head)
					if end.want == reason.ConnectionReset {
						<-read // a reset takes what was not read with it
					}
					end.end(conn.(*net.TCPConn))
				})
				patience := time.Minute
				if end.want == reason.Timeout {
					patience = 3 * time.Second // all of which it costs
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				ctx = upstream.Over(ctx, telling{read})
				client, err := upstream.OpenVault(config.Vault{Address: "http://" + address}, upstream.EndpointNASVault, &upstream.Trace{})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := client.Health(ctx); reason.Of(err) != end.want {
					t.Errorf("got %v, want reason %q", err, end.want)
				}
			})
		}
	}
}

// telling is the network of this machine, and tells when something was read.
type telling struct{ read chan struct{} }

// DialContext implements upstream.Network.
func (n telling) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	return &tellingConn{Conn: conn, read: n.read}, err
}

type tellingConn struct {
	net.Conn
	once sync.Once
	read chan struct{}
}

// Read implements net.Conn.
func (c *tellingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.once.Do(func() { close(c.read) })
	return n, err
}
