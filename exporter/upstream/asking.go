package upstream

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"sync"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// asking is one request while its reply is read: the context that it has, whose
// dialer opens its connection, and how that ended.
type asking struct {
	ctx    context.Context
	dialer *dialer

	mu     sync.Mutex
	reused bool   // the connection was opened before
	begun  string // the first bytes of the reply
	err    error  // of the first read that failed
}

type askingKey struct{}

// askingFor returns the request that a connection is dialed for.
func askingFor(ctx context.Context) *asking { return ctx.Value(askingKey{}).(*asking) }

// protocol is how every reply begins.
const protocol = "HTTP/"

// cut returns what ended the connection within a reply, nil where it is not known
// that this was one.
func (a *asking) cut() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.begun == "" || !strings.HasPrefix(protocol, a.begun):
		return nil
	case a.err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return a.err
}

// reuses reports whether the connection was opened for an earlier request.
func (a *asking) reuses() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.reused
}

// askedConn notes how a reply begins and what ends it.
type askedConn struct {
	net.Conn
	leaf *x509.Certificate // that the server showed; nil without TLS

	mu     sync.Mutex
	asking *asking
}

// serve gives the connection to a request.
func (c *askedConn) serve(a *asking, reused bool) {
	c.mu.Lock()
	c.asking = a
	c.mu.Unlock()
	a.mu.Lock()
	a.reused = reused
	a.mu.Unlock()
	a.dialer.serves(c.leaf, reused)
}

func (c *askedConn) serving() *asking {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asking
}

// Read implements net.Conn.
func (c *askedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	a := c.serving()
	if _, told := errors.AsType[*reason.Error](err); told { // of TLS, which the client loses
		a.dialer.fail(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if room := len(protocol) - len(a.begun); room > 0 {
		a.begun += string(p[:min(n, room)])
	}
	if a.err == nil {
		a.err = err
	}
	return n, err
}
