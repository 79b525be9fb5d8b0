package upstream_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestABrokenDownloadIsTheServers fault: a snapshot of what is not HTTP was
// `internal`, and a person was told to look for a defect of the program.
func TestABrokenDownloadIsTheServers(t *testing.T) {
	for _, tc := range []struct {
		name, reply string
		want        reason.Reason
	}{
		{"whole", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", ""},
		{"as many marks as bytes", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{,[,{", ""},
		{"too much", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef", reason.Oversize},
		{"not HTTP", "SSH-2.0-OpenSSH_9.6\r\n\r\n", reason.MalformedResponse},
		{"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", reason.MalformedResponse},
		{"a chunk that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n{}\r\n", reason.MalformedResponse},
		{"cut", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", reason.Truncated},
		{"a port for TLS", "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", reason.TLSRequired},
		{"the mesh", "HTTP/1.1 503 Service Unavailable\r\nServer: envoy\r\nContent-Length: 19\r\n\r\nno healthy upstream", reason.BreakerOpen},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client, err := upstream.OpenVault(config.Vault{Address: "http://" + saying(t, tc.reply)}, upstream.EndpointNASVault, &upstream.Trace{})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			var got bytes.Buffer
			err = client.Download(t.Context(), upstream.Operation{Name: "test", Doing: "testing"}, "snapshot", &got, 5)
			if reason.Of(err) != tc.want {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
		})
	}
}

// saying is the address of a server that gives every request the same bytes.
func saying(t *testing.T, reply string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.WriteString(conn, reply)
			}
			conn.Close()
		}
	}()
	return listener.Addr().String()
}
