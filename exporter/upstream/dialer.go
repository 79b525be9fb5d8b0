package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// dialer opens the connections of one check to one upstream. It does TCP and
// TLS itself because it keeps two things that http clients lose on failure:
// the certificate that the server showed, and the alert that it sent.
type dialer struct {
	// endpoint is under which name the server's certificate is recorded.
	endpoint string
	tls      *tls.Config // nil for plain connections
	chain    *chain      // beside tls
	socket   string      // path of the socket of a server without a host
	// keeps says that a connection may be used by another check than this one, so
	// that it must not end with it.
	keeps bool

	mu      sync.Mutex
	leaf    *x509.Certificate
	failure error
	opened  int // connections
	reused  int // times that a request went over one of before
}

// dial implements the DialContext of net/http.Transport, for the dialer of the
// request that a connection is wanted for.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	a := askingFor(ctx)
	conn, err := a.dialer.open(a.ctx, network, address)
	if err != nil {
		a.dialer.fail(err)
		return nil, err
	}
	asked := &askedConn{Conn: conn}
	if secure, ok := conn.(*secureConn); ok {
		asked.leaf = secure.handshake.leaf
	}
	asked.serve(a, false)
	return asked, nil
}

func (d *dialer) open(ctx context.Context, network, address string) (net.Conn, error) {
	if d.socket != "" {
		network, address = "unix", d.socket
	}
	d.opening()
	conn, err := connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	// The connection ends with the check, whether or not what is above it
	// listens to the context.
	if deadline, ok := ctx.Deadline(); ok && !d.keeps {
		_ = conn.SetDeadline(deadline)
	}
	if d.tls == nil {
		return &plainConn{Conn: conn}, nil
	}
	hands := &handshake{dialer: d}
	secure := tls.Client(conn, hands.config(d.tls, address))
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, hands.explain(err)
	}
	return &secureConn{Conn: secure, handshake: hands}, nil
}

// connect opens the connection below TLS.
func connect(ctx context.Context, network, address string) (net.Conn, error) {
	tcp := net.Dialer{FallbackDelay: -1} // a fallback from IPv6 to IPv4 would hide that IPv6 is broken
	if deadline, ok := ctx.Deadline(); ok {
		// Half of the time for connecting: a host that drops packets is then
		// told from a server that accepts and stays silent.
		tcp.Timeout = time.Until(deadline) / 2
	}
	if over, ok := ctx.Value(networkKey{}).(Network); ok {
		if tcp.Timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, tcp.Timeout)
			defer cancel()
		}
		return over.DialContext(ctx, network, address)
	}
	return tcp.DialContext(ctx, network, address)
}

// Network opens connections as net.Dialer does, and says why not as it does.
type Network interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

type networkKey struct{}

// Over makes the checks under ctx open their connections over n, which need not
// be this machine's.
func Over(ctx context.Context, n Network) context.Context {
	return context.WithValue(ctx, networkKey{}, n)
}

// met notes the certificate that the server showed.
func (d *dialer) met(leaf *x509.Certificate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leaf = leaf
}

func (d *dialer) opening() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened++
}

// serves notes that a request has a connection, and whose certificate it is with.
func (d *dialer) serves(leaf *x509.Certificate, reused bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if leaf != nil {
		d.leaf = leaf
	}
	if reused {
		d.reused++
	}
}

// forget forgets the failure of a connection that another one takes the place of.
func (d *dialer) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failure = nil
}

func (d *dialer) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failure == nil {
		d.failure = err
	}
}

// explain prefers what the dialer saw to what a client made of it: clients
// drop the cause of a failed connection, and a server that refuses our
// certificate may close before the client has read its alert.
func (d *dialer) explain(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil || d.failure == nil {
		return err
	}
	switch reason.Of(err) {
	case reason.Internal, reason.ConnectionReset, reason.Timeout:
		return d.failure
	}
	return err
}

// note appends to the trace what was met.
func (d *dialer) note(t *Trace) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t.Opened += d.opened
	t.Reused += d.reused
	if d.leaf != nil {
		t.Certificates = append(t.Certificates, Certificate{Endpoint: d.endpoint, NotAfter: d.leaf.NotAfter})
	}
}
