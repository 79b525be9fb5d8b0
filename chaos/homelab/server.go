package homelab

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// server is a TLS server that can go away and come back at the same address.
// Its owner serialises all calls.
type server struct {
	network Network
	handler http.Handler
	tls     func(*tls.ClientHelloInfo) (*tls.Config, error) // nil for none
	http1   bool
	plain   bool // by a fault

	address  string // host:port, from the first start on
	running  *http.Server
	listener net.Listener
	release  func() // gives the port back that is reserved while the server is away

	// active counts goroutines: accept loops, connections and requests.
	active sync.WaitGroup
}

func newServer(n Network, handler http.Handler, config func(*tls.ClientHelloInfo) (*tls.Config, error)) *server {
	return &server{network: n, handler: handler, tls: config, address: "127.0.0.1:0"}
}

// up makes the server listen; a server that does already is left alone.
func (s *server) up() error {
	if s.running != nil {
		return nil
	}
	s.free()
	listener, err := s.network.Listen(s.address)
	if err != nil {
		return fmt.Errorf("listening on %q: %w", s.address, err)
	}
	s.address = listener.Addr().String()
	running := &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ConnState:         s.count,
		ErrorLog:          log.New(io.Discard, "", 0), // refused handshakes are what the faults are for
		ReadHeaderTimeout: 10 * time.Second,
	}
	if s.http1 {
		running.Protocols = new(http.Protocols)
		running.Protocols.SetHTTP1(true)
	}
	s.running, s.listener = running, listener
	serve := running.Serve
	if s.tls != nil && !s.plain {
		running.TLSConfig = &tls.Config{GetConfigForClient: s.tls, MinVersion: tls.VersionTLS12}
		serve = func(l net.Listener) error { return running.ServeTLS(l, "", "") }
	}
	s.active.Go(func() { _ = serve(listener) })
	return nil
}

// url is where clients find the server.
func (s *server) url() string {
	if s.tls == nil {
		return "http://" + s.address
	}
	return "https://" + s.address
}

// serve counts the request too: a hijacked connection is no longer counted.
func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.active.Add(1)
	defer s.active.Done()
	s.handler.ServeHTTP(w, r)
}

func (s *server) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.active.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.active.Done()
	}
}

// stop closes the listener and every connection.
func (s *server) stop() error {
	if s.running == nil {
		return nil
	}
	// The server does not know its listener before its goroutine has run.
	err := errors.Join(ignoreClosed(s.listener.Close()), ignoreClosed(s.running.Close()))
	s.running, s.listener = nil, nil
	if err != nil {
		return fmt.Errorf("closing the server on %q: %w", s.address, err)
	}
	return nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// down makes the server refuse connections and keeps its port from everybody
// else.
func (s *server) down() error {
	if s.running == nil {
		return nil
	}
	defer noFork()()
	if err := s.stop(); err != nil {
		return err
	}
	var err error
	s.release, err = s.network.Reserve(s.address)
	return err
}

// noFork keeps this process from starting another until it is undone: between
// fork and exec a child holds every open file, and with them a listener that
// is closed here and whose port is therefore still taken.
func noFork() (undo func()) {
	syscall.ForkLock.RLock()
	return syscall.ForkLock.RUnlock
}

// restart ends every connection, so that the next ones shake hands anew.
func (s *server) restart() error {
	if s.running == nil {
		return nil
	}
	return errors.Join(s.stop(), s.up())
}

// close ends the server for good. Its goroutines end soon; active counts them.
func (s *server) close() error {
	s.free()
	return s.stop()
}

// free gives back a port that is reserved.
func (s *server) free() {
	if s.release != nil {
		s.release()
		s.release = nil
	}
}
