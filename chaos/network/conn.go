package network

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// Disturb puts a toxic on the way to address, in place of the one that is there;
// the zero Toxic is none. Connections that a toxic ends are ended at once.
func (n *Network) Disturb(address string, t chaos.Toxic) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("disturbing the way to %q: %w", address, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.toxics == nil {
		n.toxics = map[netip.AddrPort]chaos.Toxic{}
	}
	n.toxics[at] = t
	for c := range n.conns {
		if c.at == at && t.Kind == chaos.Cut {
			c.end()
		}
	}
	return nil
}

// Open returns how many connections are open.
func (n *Network) Open() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.conns)
}

func (n *Network) toxic(at netip.AddrPort) chaos.Toxic {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.toxics[at]
}

// connected notes the client's end of a connection to at.
func (n *Network) connected(client *ends, at netip.AddrPort) *conn {
	c := &conn{ends: client, silent: newPipe(), network: n, at: at, closed: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns[c] = struct{}{}
	return c
}

// conn is the client's end of a connection; the toxics act on it.
type conn struct {
	*ends
	// silent never brings anything, until its deadline.
	silent  *pipe
	network *Network
	at      netip.AddrPort

	once     sync.Once
	closed   chan struct{}
	deadline atomic.Pointer[time.Time]

	ours     atomic.Bool // it was closed here
	asked    atomic.Bool // something was written since the last read
	up, down atomic.Int64
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	t := c.network.toxic(c.at)
	switch t.Kind {
	case chaos.StallDown, chaos.Drop:
		return c.silent.read(p)
	case chaos.Reset:
		c.end()
		return 0, &net.OpError{Op: "read", Net: "tcp", Addr: c.RemoteAddr(), Err: syscall.ECONNRESET}
	case chaos.Latency:
		if c.asked.Swap(false) {
			if err := c.pause(t.Delay); err != nil {
				return 0, err
			}
		}
	case chaos.LimitDown:
		left := int64(t.Bytes) - c.down.Load()
		if left <= 0 {
			c.end()
			return 0, io.EOF
		}
		p = p[:min(int64(len(p)), left)]
	case chaos.Bandwidth, chaos.Slicer:
		p = p[:min(len(p), t.Bytes)]
	}
	n, err := c.ends.Read(p)
	err = c.kernel(err)
	c.down.Add(int64(n))
	switch {
	case err == io.EOF && t.Kind == chaos.SlowClose:
		if late := c.pause(t.Delay); late != nil {
			return n, late
		}
	case n > 0 && (t.Kind == chaos.Bandwidth || t.Kind == chaos.Slicer):
		if late := c.pause(t.Delay); late != nil {
			return 0, late
		}
	}
	return n, err
}

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	c.asked.Store(true)
	t := c.network.toxic(c.at)
	switch t.Kind {
	case chaos.StallUp, chaos.Drop:
		return len(p), nil // it is in a buffer, for ever
	case chaos.Reset:
		c.end()
		return 0, &net.OpError{Op: "write", Net: "tcp", Addr: c.RemoteAddr(), Err: syscall.ECONNRESET}
	case chaos.LimitUp:
		left := int64(t.Bytes) - c.up.Load()
		if int64(len(p)) > left {
			_, _ = c.ends.Write(p[:max(0, left)])
			c.end()
			return len(p), nil // the other side has gone, which the next read tells
		}
	}
	n, err := c.ends.Write(p)
	c.up.Add(int64(n))
	if err = c.kernel(err); err == io.EOF {
		err = &net.OpError{Op: "write", Net: "tcp", Addr: c.RemoteAddr(), Err: syscall.EPIPE}
	}
	return n, err
}

// kernel says what the kernel would where a pipe is closed: that we closed it, or
// that it is at its end.
func (c *conn) kernel(err error) error {
	switch {
	case err != io.ErrClosedPipe:
		return err
	case c.ours.Load():
		return net.ErrClosed
	}
	return io.EOF
}

// pause waits, but not beyond the deadline.
func (c *conn) pause(d time.Duration) error {
	over := error(nil)
	if deadline := c.deadline.Load(); deadline != nil && !deadline.IsZero() && time.Until(*deadline) < d {
		d, over = time.Until(*deadline), os.ErrDeadlineExceeded
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return over
	case <-c.closed:
		return net.ErrClosed
	}
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	c.deadline.Store(&t)
	c.silent.until(&c.silent.readUntil, t)
	return c.ends.SetDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.deadline.Store(&t)
	c.silent.until(&c.silent.readUntil, t)
	return c.ends.SetReadDeadline(t)
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.network.mu.Lock()
	delete(c.network.conns, c)
	c.network.mu.Unlock()
	c.ours.Store(true)
	c.end()
	return nil
}

// end ends both directions.
func (c *conn) end() {
	c.once.Do(func() {
		close(c.closed)
		c.silent.abandon()
		_ = c.ends.Close()
	})
}
