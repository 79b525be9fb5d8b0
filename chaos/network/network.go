// Package network is a network in memory: listeners, connections between them,
// and what goes wrong on the way. It blocks on channels only, so that time can be
// virtual on it, and says what the kernel says of a real one.
package network

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"

	"homelab.io/vault-health-exporter/chaos"
)

// buffer is how many bytes are on their way at most: without any, both sides of a
// handshake can wait for the other to read.
const buffer = 64 << 10

// everybody comes from the same address.
var everybody net.Addr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}

// firstPort is where ports that nobody chose begin.
const firstPort = 40_000

// Network is the addresses of one network. The zero Network has none.
type Network struct {
	mu        sync.Mutex
	listeners map[netip.AddrPort]*listener
	toxics    map[netip.AddrPort]chaos.Toxic
	conns     map[*conn]struct{}
	ports     uint16
}

// Listen listens on address, an IP address with a port; port 0 is any that is
// free.
func (n *Network) Listen(address string) (net.Listener, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w", address, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if at.Port() == 0 {
		n.ports++
		at = netip.AddrPortFrom(at.Addr(), firstPort+n.ports)
	}
	if n.listeners[at] != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Addr: net.TCPAddrFromAddrPort(at), Err: syscall.EADDRINUSE}
	}
	if n.listeners == nil {
		n.listeners, n.conns = map[netip.AddrPort]*listener{}, map[*conn]struct{}{}
	}
	l := &listener{network: n, at: at, connected: make(chan *ends), closed: make(chan struct{})}
	n.listeners[at] = l
	return l, nil
}

// Reserve does nothing: nobody else is here to take the address.
func (n *Network) Reserve(string) (release func(), err error) { return func() {}, nil }

// DialContext connects to a listener, as net.Dialer's does.
func (n *Network) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("connecting to %q: %w", address, err)
	}
	failed := func(why error) error {
		return &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(at), Err: why}
	}
	n.mu.Lock()
	l, toxic := n.listeners[at], n.toxics[at]
	n.mu.Unlock()
	switch {
	case toxic.Kind == chaos.Cut || l == nil:
		return nil, failed(syscall.ECONNREFUSED)
	case toxic.Kind == chaos.Drop:
		<-ctx.Done()
		return nil, failed(gaveUp(ctx))
	}
	client, server := connection(everybody, l.Addr())
	select {
	case l.connected <- server:
		return n.connected(client, at), nil
	case <-ctx.Done():
		return nil, failed(gaveUp(ctx))
	case <-l.closed:
		return nil, failed(syscall.ECONNREFUSED)
	}
}

// gaveUp is how the kernel's network says that time was over.
func gaveUp(ctx context.Context) error {
	if ctx.Err() == context.DeadlineExceeded {
		return os.ErrDeadlineExceeded
	}
	return ctx.Err()
}

// listener is one address that takes connections.
type listener struct {
	network   *Network
	at        netip.AddrPort
	connected chan *ends // nobody waits here: a connection is there once it is accepted
	closed    chan struct{}
	once      sync.Once
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
	case server := <-l.connected:
		return server, nil
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.network.mu.Lock()
		defer l.network.mu.Unlock()
		delete(l.network.listeners, l.at)
	})
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.at) }
