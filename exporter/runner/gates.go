package runner

import (
	"context"
	"sync"
)

// Gates lets one check at a time use a named resource.
type Gates struct {
	mu    sync.Mutex
	gates map[string]chan struct{}
}

// enter waits for the resource called name and returns how to leave it; ok is
// false where ctx ended first. The empty name is no resource.
func (g *Gates) enter(ctx context.Context, name string) (leave func(), ok bool) {
	if name == "" {
		return func() {}, true
	}
	gate := g.gate(name)
	select {
	case gate <- struct{}{}:
		return func() { <-gate }, true
	case <-ctx.Done():
		return nil, false
	}
}

func (g *Gates) gate(name string) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gates == nil {
		g.gates = map[string]chan struct{}{}
	}
	if g.gates[name] == nil {
		g.gates[name] = make(chan struct{}, 1)
	}
	return g.gates[name]
}
