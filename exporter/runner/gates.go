package runner

import (
	"context"
	"sync"
	"time"
)

const (
	// maxChecks go on at once in the whole process. Each may hold a TLS connection
	// and a reply, and 5,000 flows whose servers answer need a tenth of that.
	maxChecks = 256
	// maxAtOne of them ask one upstream: one that hangs leaves room for the others.
	maxAtOne = maxChecks / 2
)

// Gates bound how many checks go on at once: in the whole process, at one
// upstream, and, at a resource that serves one check at a time, to that. Those of
// the schedule wait for their turn; a probe is a guest, who comes in only while
// nobody waits and is sent away as soon as somebody does.
type Gates struct {
	total turnstile
	load  load

	mu    sync.Mutex
	named map[gateName]*gate // those at which somebody is
}

// gateName is an upstream, or a resource that is used exclusively.
type gateName struct {
	name      string
	exclusive bool
}

// NewGates makes Gates with nobody at them.
func NewGates() *Gates {
	return &Gates{total: turnstile{room: maxChecks}, load: load{at: map[string]time.Duration{}}, named: map[gateName]*gate{}}
}

// gate is one upstream or resource.
type gate struct {
	turns turnstile
	users int // who have or wait for a turn; counted by Gates

	mu     sync.Mutex
	served int                // how often a turn ended with an answer
	wanted int                // scheduled checks that have or wait for a turn
	guest  context.CancelFunc // of the guest who has the turn; nil without one
}

// admit waits until there is room for one more check, at the upstream and in all,
// and returns how to give it back; ok is false where ctx ended first.
func (g *Gates) admit(ctx context.Context, upstream string) (leave func(), ok bool) {
	name := gateName{name: upstream}
	at := g.come(name)
	if !at.turns.enter(ctx, time.Time{}) {
		g.gone(name)
		return nil, false
	}
	if !g.total.enter(ctx, time.Time{}) {
		at.turns.leave()
		g.gone(name)
		return nil, false
	}
	return func() { g.total.leave(); at.turns.leave(); g.gone(name) }, true
}

// turn is how waiting for an exclusive resource ended.
type turn int

const (
	had     turn = iota
	hung         // nobody was served meanwhile
	crowded      // others were served all the time
)

// enter waits for the resource called name and returns how to leave it, saying
// whether it answered. The lowest rank goes first. Where ctx ends first, or the turn
// comes after latest and that is not zero, it is not entered.
func (g *Gates) enter(ctx context.Context, resource string, rank, latest time.Time) (leave func(answered bool), got turn) {
	name := gateName{resource, true}
	at := g.come(name)
	before := at.want(1)
	entered := at.turns.enter(ctx, rank)
	if entered && !latest.IsZero() && time.Now().After(latest) {
		at.turns.leave()
		entered = false
	}
	if !entered {
		served := at.want(-1) - before
		g.gone(name)
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
		g.gone(name)
	}, had
}

// visit lets a guest use the resource called name where nobody else does. The
// context that it returns ends when a scheduled check comes.
func (g *Gates) visit(ctx context.Context, resource string) (visiting context.Context, leave func(), ok bool) {
	if resource == "" {
		return ctx, func() {}, true
	}
	name := gateName{resource, true}
	at := g.come(name)
	at.mu.Lock()
	defer at.mu.Unlock()
	if at.wanted > 0 || !at.turns.try() {
		g.gone(name)
		return nil, nil, false
	}
	visiting, at.guest = context.WithCancel(ctx)
	return visiting, func() { at.leave(); g.gone(name) }, true
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
func (g *Gates) come(name gateName) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.named[name]
	if at == nil {
		at = &gate{turns: turnstile{room: maxAtOne}}
		if name.exclusive {
			at.turns.room = 1
		}
		g.named[name] = at
	}
	at.users++
	return at
}

// gone says that one who came to the gate called name is there no more.
func (g *Gates) gone(name gateName) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.named[name]
	if at.users--; at.users == 0 {
		delete(g.named, name)
	}
}
