package web

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// room keeps the number of connections within a bound. Where it is full, a
// connection of the address that has most of them makes room for a new one: the
// one in which nothing has happened for longest. Whoever reads slowly, sends
// nothing, or comes again and again costs itself only.
type room struct {
	size int

	mu     sync.Mutex
	places map[net.Conn]*list.Element
	quiet  *list.List     // of place, the one that changed its state last at the end
	held   map[string]int // by each address
}

// place is what a connection has in the room.
type place struct {
	conn    net.Conn
	address string
}

func newRoom(size int) *room {
	return &room{size: size, places: map[net.Conn]*list.Element{}, quiet: list.New(), held: map[string]int{}}
}

// enter takes note of a connection's new state; it is an http.Server's ConnState.
func (r *room) enter(c net.Conn, state http.ConnState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, known := r.places[c]
	switch {
	case state == http.StateNew:
		address := addressOf(c)
		r.places[c] = r.quiet.PushBack(place{c, address})
		r.held[address]++
		if r.quiet.Len() > r.size {
			r.close(r.surplus())
		}
	case !known: // it is being closed
	case state == http.StateClosed || state == http.StateHijacked:
		r.remove(at)
	default:
		r.quiet.MoveToBack(at)
	}
}

// addressOf is without the port, which differs for each connection.
func addressOf(c net.Conn) string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return c.RemoteAddr().String()
	}
	return host
}

// surplus returns the quietest connection of an address that has most of them.
func (r *room) surplus() *list.Element {
	most := 0
	for _, n := range r.held {
		most = max(most, n)
	}
	at := r.quiet.Front()
	for r.held[at.Value.(place).address] < most {
		at = at.Next()
	}
	return at
}

func (r *room) close(at *list.Element) {
	c := r.remove(at)
	if encrypted, ok := c.(*tls.Conn); ok {
		c = encrypted.NetConn() // a farewell could wait for the client
	}
	_ = c.Close() // what is left of it is nobody's concern
}

func (r *room) remove(at *list.Element) net.Conn {
	p := r.quiet.Remove(at).(place)
	delete(r.places, p.conn)
	if r.held[p.address]--; r.held[p.address] == 0 {
		delete(r.held, p.address)
	}
	return p.conn
}
