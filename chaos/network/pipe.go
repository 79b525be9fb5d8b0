package network

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// ends are one side of a connection.
type ends struct {
	in, out       *pipe
	local, remote net.Addr
}

// connection returns both sides of a connection from somebody to a listener's address.
func connection(from, to net.Addr) (client, server *ends) {
	up, down := newPipe(), newPipe()
	return &ends{in: down, out: up, local: from, remote: to}, &ends{in: up, out: down, local: to, remote: from}
}

// Read implements net.Conn.
func (e *ends) Read(p []byte) (int, error) { return e.in.read(p) }

// Write implements net.Conn.
func (e *ends) Write(p []byte) (int, error) { return e.out.write(p) }

// Close implements net.Conn. The other side reads what is on its way, and then the end.
func (e *ends) Close() error {
	e.in.abandon()
	e.out.finish()
	return nil
}

// LocalAddr implements net.Conn.
func (e *ends) LocalAddr() net.Addr { return e.local }

// RemoteAddr implements net.Conn.
func (e *ends) RemoteAddr() net.Addr { return e.remote }

// SetDeadline implements net.Conn.
func (e *ends) SetDeadline(t time.Time) error {
	_ = e.SetReadDeadline(t)
	return e.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (e *ends) SetReadDeadline(t time.Time) error {
	e.in.until(&e.in.readUntil, t)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (e *ends) SetWriteDeadline(t time.Time) error {
	e.out.until(&e.out.writeUntil, t)
	return nil
}

// pipe is one direction of a connection. It takes as much memory as is on its way,
// and has a timer only while somebody waits: there are a dozen connections to a
// slot, and most of them carry some hundred bytes.
type pipe struct {
	mu                    sync.Mutex
	changed               sync.Cond
	onWay                 bytes.Buffer
	finished              bool // nothing more is written
	abandoned             bool // nothing more is read
	readUntil, writeUntil time.Time
}

func newPipe() *pipe {
	p := &pipe{}
	p.changed.L = &p.mu
	return p
}

func (p *pipe) read(to []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.abandoned:
			return 0, io.ErrClosedPipe
		case p.onWay.Len() > 0:
			n, err := p.onWay.Read(to)
			p.changed.Broadcast()
			return n, err
		case p.finished:
			return 0, io.EOF
		}
		if err := p.wait(p.readUntil); err != nil {
			return 0, err
		}
	}
}

func (p *pipe) write(from []byte) (written int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if p.abandoned || p.finished {
			return written, io.ErrClosedPipe
		}
		n, _ := p.onWay.Write(from[:min(len(from), buffer-p.onWay.Len())])
		p.changed.Broadcast()
		written, from = written+n, from[n:]
		if len(from) == 0 {
			return written, nil
		}
		if err := p.wait(p.writeUntil); err != nil {
			return written, err
		}
	}
}

// wait waits until something changes, under the lock. It fails where it is too late for
// that.
func (p *pipe) wait(until time.Time) error {
	if !until.IsZero() {
		left := time.Until(until)
		if left <= 0 {
			return os.ErrDeadlineExceeded
		}
		timer := time.AfterFunc(left, p.wake)
		defer timer.Stop()
	}
	p.changed.Wait()
	return nil
}

func (p *pipe) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changed.Broadcast()
}

func (p *pipe) until(which *time.Time, t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*which = t
	p.changed.Broadcast()
}

func (p *pipe) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finished = true
	p.changed.Broadcast()
}

func (p *pipe) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.abandoned = true
	p.changed.Broadcast()
}
