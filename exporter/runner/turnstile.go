package runner

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// turnstile lets a bounded number in at once. Of those who wait the lowest rank
// comes first, and of equals who came first.
type turnstile struct {
	mu      sync.Mutex
	room    int
	waiting line
	came    uint64
}

// waiter is one who waits.
type waiter struct {
	rank   time.Time
	number uint64 // in the order in which they came
	at     int    // in the line; -1 once it is in
	in     chan struct{}
}

// enter waits for room, and reports false where ctx ended first.
func (t *turnstile) enter(ctx context.Context, rank time.Time) bool {
	t.mu.Lock()
	if t.room > 0 {
		t.room--
		t.mu.Unlock()
		return true
	}
	t.came++
	w := &waiter{rank: rank, number: t.came, in: make(chan struct{})}
	heap.Push(&t.waiting, w)
	t.mu.Unlock()
	select {
	case <-w.in:
		return true
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if w.at < 0 { // in the same moment
		return true
	}
	heap.Remove(&t.waiting, w.at)
	return false
}

// try enters where that takes no waiting.
func (t *turnstile) try() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.room == 0 {
		return false
	}
	t.room--
	return true
}

// leave makes room for the next.
func (t *turnstile) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.room++
		return
	}
	next, _ := heap.Pop(&t.waiting).(*waiter)
	close(next.in)
}

// line is a heap.Interface.
type line []*waiter

// Len implements heap.Interface.
func (l line) Len() int { return len(l) }

// Less implements heap.Interface.
func (l line) Less(i, j int) bool {
	if c := l[i].rank.Compare(l[j].rank); c != 0 {
		return c < 0
	}
	return l[i].number < l[j].number
}

// Swap implements heap.Interface.
func (l line) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].at, l[j].at = i, j
}

// Push implements heap.Interface.
func (l *line) Push(x any) {
	w, _ := x.(*waiter)
	w.at = len(*l)
	*l = append(*l, w)
}

// Pop implements heap.Interface.
func (l *line) Pop() any {
	last := len(*l) - 1
	w := (*l)[last]
	(*l)[last] = nil
	*l, w.at = (*l)[:last], -1
	return w
}
