package web

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// room keeps the number of connections within a bound. Where it is full, the
// connection in which nothing has happened for longest makes room for a new
// one: whoever reads slowly, or sends nothing, costs itself only.
type room struct {
	size int

	mu     sync.Mutex
	places map[net.Conn]*list.Element
	quiet  *list.List // of net.Conn, the one that changed its state last at the end
}

func newRoom(size int) *room {
	return &room{size: size, places: map[net.Conn]*list.Element{}, quiet: list.New()}
}

// enter takes note of a connection's new state; it is an http.Server's ConnState.
func (r *room) enter(c net.Conn, state http.ConnState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	place, known := r.places[c]
	switch {
	case state == http.StateNew:
		r.places[c] = r.quiet.PushBack(c)
		if r.quiet.Len() > r.size {
			r.close(r.quiet.Front())
		}
	case !known: // it is being closed
	case state == http.StateClosed || state == http.StateHijacked:
		r.remove(place)
	default:
		r.quiet.MoveToBack(place)
	}
}

func (r *room) close(place *list.Element) {
	c := r.remove(place)
	if encrypted, ok := c.(*tls.Conn); ok {
		c = encrypted.NetConn() // a farewell could wait for the client
	}
	_ = c.Close() // what is left of it is nobody's concern
}

func (r *room) remove(place *list.Element) net.Conn {
	c := r.quiet.Remove(place).(net.Conn)
	delete(r.places, c)
	return c
}
