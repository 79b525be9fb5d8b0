package runner

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Gates lets one check at a time use a named resource, in the order in which
// they came. The schedule's checks wait for their turn; a probe is a guest, who
// comes in only while nobody waits and is sent away as soon as somebody does.
type Gates struct {
	mu    sync.Mutex
	gates map[string]*gate
}

type gate struct {
	turn *semaphore.Weighted // first come, first served

	mu     sync.Mutex
	wanted int                // scheduled checks that have or wait for the turn
	guest  context.CancelFunc // of the guest who has the turn; nil without one
}

// enter waits for the resource called name and returns how to leave it; ok is
// false where ctx ended first. The empty name is no resource.
func (g *Gates) enter(ctx context.Context, name string) (leave func(), ok bool) {
	if name == "" {
		return func() {}, true
	}
	at := g.gate(name)
	at.want(1)
	if at.turn.Acquire(ctx, 1) != nil {
		at.want(-1)
		return nil, false
	}
	return func() { at.turn.Release(1); at.want(-1) }, true
}

// visit lets a guest use the resource called name where nobody else does. The
// context that it returns ends when a scheduled check comes.
func (g *Gates) visit(ctx context.Context, name string) (visiting context.Context, leave func(), ok bool) {
	if name == "" {
		return ctx, func() {}, true
	}
	at := g.gate(name)
	at.mu.Lock()
	defer at.mu.Unlock()
	if at.wanted > 0 || !at.turn.TryAcquire(1) {
		return nil, nil, false
	}
	visiting, at.guest = context.WithCancel(ctx)
	return visiting, at.leave, true
}

// want notes that one scheduled check more, or less, is at the gate, and sends
// a guest away.
func (g *gate) want(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wanted += n
	if g.guest != nil {
		g.guest()
	}
}

// leave ends the visit of a guest.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.guest()
	g.guest = nil
	g.turn.Release(1)
}

func (g *Gates) gate(name string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gates == nil {
		g.gates = map[string]*gate{}
	}
	if g.gates[name] == nil {
		g.gates[name] = &gate{turn: semaphore.NewWeighted(1)}
	}
	return g.gates[name]
}
