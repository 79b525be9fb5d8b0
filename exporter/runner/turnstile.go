package runner

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// turnstile lets one in at a time. Of those who wait the highest rank comes first,
// and of equals who came first.
type turnstile struct {
	mu      sync.Mutex
	taken   bool
	waiting []*waiter
}

// waiter is one who waits.
type waiter struct {
	rank uint64
	in   chan struct{}
}

// enter waits for its turn, and reports false where ctx ended first.
func (t *turnstile) enter(ctx context.Context, rank uint64) bool {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return true
	}
	w := &waiter{rank: rank, in: make(chan struct{})}
	t.waiting = append(t.waiting, w)
	t.mu.Unlock()
	select {
	case <-w.in:
		return true
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.waiting, w)
	if at < 0 { // in the same moment
		return true
	}
	t.waiting = slices.Delete(t.waiting, at, at+1)
	return false
}

// try enters where that takes no waiting.
func (t *turnstile) try() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	came := !t.taken
	t.taken = true
	return came
}

// leave gives the turn to the next.
func (t *turnstile) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.taken = false
		return
	}
	next := slices.MaxFunc(t.waiting, func(a, b *waiter) int { return cmp.Compare(a.rank, b.rank) })
	at := slices.Index(t.waiting, next)
	t.waiting = slices.Delete(t.waiting, at, at+1)
	close(next.in)
}
