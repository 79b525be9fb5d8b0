package homelab

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// Network is where the servers of a homelab listen.
type Network interface {
	// Listen listens on address, host:port; port 0 is any that is free.
	Listen(address string) (net.Listener, error)
	// Reserve has connections to address refused and keeps it from everybody
	// else until it is released.
	Reserve(address string) (release func(), err error)
}

// loopback is the network of this machine.
type loopback struct{}

// Listen implements Network.
func (loopback) Listen(address string) (net.Listener, error) { return net.Listen("tcp", address) }

// Reserve implements Network.
func (loopback) Reserve(address string) (release func(), err error) { return reserve(address) }

// reserve binds the address without listening on it. Connections are refused,
// as they are without it, but the kernel gives the port to nobody who asks for
// any: to no other server, and to no outgoing connection, not even to the very
// one that tries to reach the port.
func reserve(address string) (release func(), err error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("reserving %q: %w", address, err)
	}
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, fmt.Errorf("reserving %q: %w", address, err)
	}
	release = func() { _ = syscall.Close(socket) }
	err = syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(socket, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()})
	}
	if err != nil {
		release()
		return nil, fmt.Errorf("reserving %q: %w", address, err)
	}
	return release, nil
}
