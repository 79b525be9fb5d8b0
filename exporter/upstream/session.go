package upstream

import (
	"context"
	"net/http"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/exporter/token"
)

const (
	// idleTime is how long a connection stays open that nobody uses, as with
	// net/http's own client.
	idleTime = 90 * time.Second
	// maxIdle is how many of them a session has.
	maxIdle = 8
)

// session is what checks leave to the next ones at one server: open connections
// and a login. The nil session leaves nothing.
type session struct {
	flows int // that use it; counted by Sessions

	mu    sync.Mutex
	ended bool
	open  *connections
	login login
}

// connections are those that were opened alike and since the same cold check.
type connections struct {
	over  *http.Transport
	with  any // what TLS was spoken with
	users int
}

// transport is over these, for the requests of d; over nil it is fresh.
func (c *connections) transport(d *dialer) transport {
	if c == nil {
		return transport{over: fresh, dialer: d}
	}
	d.keeps = true
	return transport{over: c.over, dialer: d}
}

// login is a token that a login made; the zero login is none.
type login struct {
	token token.Token
	// kept says that Vault keeps it until it is revoked.
	kept bool
}

type coldKey struct{}

// Cold has the checks under ctx begin anew: they use no connection and no login of
// an earlier one, and what they make takes the place of that.
func Cold(ctx context.Context) context.Context { return context.WithValue(ctx, coldKey{}, true) }

func isCold(ctx context.Context) bool { return ctx.Value(coldKey{}) != nil }

// begin returns the connections for a check, which gives them back by done: new
// ones where it is cold, or where TLS is spoken with something else by now.
func (s *session) begin(ctx context.Context, with any) *connections {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	before := s.open
	switch {
	case s.ended:
		s.open = nil
	case before == nil || before.with != with || isCold(ctx):
		over := newTransport()
		over.DisableKeepAlives, over.IdleConnTimeout, over.MaxIdleConnsPerHost = false, idleTime, maxIdle
		s.open = &connections{over: over, with: with}
	}
	now := s.open
	if now != nil {
		now.users++
	}
	s.mu.Unlock()
	if before != nil && before != now {
		before.over.CloseIdleConnections()
	}
	return now
}

// done ends a check's use of connections; those of before a cold check are closed
// with their last user.
func (s *session) done(c *connections) {
	if c == nil {
		return
	}
	s.mu.Lock()
	c.users--
	over := c != s.open && c.users == 0
	s.mu.Unlock()
	if over {
		c.over.CloseIdleConnections()
	}
}

// borrow returns a copy of the login, for a check that is not cold.
func (s *session) borrow(ctx context.Context) (token.Token, bool) {
	if s == nil || isCold(ctx) {
		return token.Token{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.login.token.Clone(), !s.login.token.IsZero()
}

// leave leaves a login to the next checks and returns the one that is to be ended:
// that of before, or this one where no check comes any more.
func (s *session) leave(l login) login {
	if s == nil {
		return l
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return l
	}
	before := s.login
	s.login = l
	return before
}

// end closes the connections and returns the last login. Checks that still run,
// or come, have connections of their own.
func (s *session) end() login {
	if s == nil {
		return login{}
	}
	s.mu.Lock()
	last, open := s.login, s.open
	s.ended, s.login, s.open = true, login{}, nil
	s.mu.Unlock()
	if open != nil {
		open.over.CloseIdleConnections()
	}
	return last
}
