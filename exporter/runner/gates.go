package runner

import (
	"context"
	"sync"
	"time"
)

// Gates bound how many checks go on at once: in the whole process, at one
// upstream, and, at a resource that serves one check at a time, to that. Those of
// the schedule wait for their turn; a probe is a guest, who comes in only while
// nobody waits and is sent away as soon as somebody does.
type Gates struct {
	room *room

	mu    sync.Mutex
	named map[string]*gate // by resource, those at which somebody is
}

// NewGates makes Gates with nobody at them.
func NewGates() *Gates { return &Gates{room: newRoom(), named: map[string]*gate{}} }

// gate is one resource that serves one check at a time.
type gate struct {
	turns turnstile
	users int // who have or wait for a turn; counted by Gates

	mu     sync.Mutex
	served int                // how often a turn ended with an answer
	wanted int                // scheduled checks that have or wait for a turn
	guest  context.CancelFunc // of the guest who has the turn; nil without one
}

// turn is how waiting for an exclusive resource ended.
type turn int

const (
	had     turn = iota
	hung         // nobody was served meanwhile
	crowded      // others were served all the time
)

// enter waits for the resource called name and returns how to leave it, saying
// whether it answered. Where ctx ends first, or the turn comes after the latest time
// of the claim and that is not zero, it is not entered.
func (g *Gates) enter(ctx context.Context, resource string, c *claim) (leave func(answered bool), got turn) {
	at := g.come(resource)
	before := at.want(1)
	entered := at.turns.enter(ctx, c.rank)
	if entered && !c.latest.IsZero() && time.Now().After(c.latest) {
		at.turns.leave()
		entered = false
	}
	if !entered {
		served := at.want(-1) - before
		g.gone(resource)
		if served == 0 {
			return nil, hung
		}
		return nil, crowded
	}
	return func(answered bool) {
		if answered {
			at.serve()
		}
		at.turns.leave()
		at.want(-1)
		g.gone(resource)
	}, had
}

// visit lets a guest use the resource called name where nobody else does. The
// context that it returns ends when a scheduled check comes.
func (g *Gates) visit(ctx context.Context, resource string) (visiting context.Context, leave func(), ok bool) {
	if resource == "" {
		return ctx, func() {}, true
	}
	at := g.come(resource)
	at.mu.Lock()
	defer at.mu.Unlock()
	if at.wanted > 0 || !at.turns.try() {
		g.gone(resource)
		return nil, nil, false
	}
	visiting, at.guest = context.WithCancel(ctx)
	return visiting, func() { at.leave(); g.gone(resource) }, true
}

// want notes that one scheduled check more, or less, is at the gate, and sends
// a guest away. It returns how often somebody was served.
func (g *gate) want(n int) (served int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wanted += n
	if g.guest != nil {
		g.guest()
	}
	return g.served
}

func (g *gate) serve() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.served++
}

// leave ends the visit of a guest.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.guest()
	g.guest = nil
	g.turns.leave()
}

// come returns the gate called name, which is there until all are gone.
func (g *Gates) come(name string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.named[name]
	if at == nil {
		at = &gate{}
		g.named[name] = at
	}
	at.users++
	return at
}

// gone says that one who came to the gate called name is there no more.
func (g *Gates) gone(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.named[name]
	if at.users--; at.users == 0 {
		delete(g.named, name)
	}
}
