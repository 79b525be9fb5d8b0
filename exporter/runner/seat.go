package runner

import (
	"context"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/exporter/hop"
)

// task is a check that the runner runs again and again: that of a hop, or an
// observer's look.
type task struct {
	name string
	// upstream names the server that is asked, and exclusive, where set, a resource
	// that serves one check at a time.
	upstream, exclusive string
	do                  func(context.Context) Outcome
	seat                seat
}

func checking(h hop.Hop) *task {
	return &task{name: string(h.Name), upstream: h.Upstream, exclusive: h.Exclusive, do: func(ctx context.Context) (o Outcome) {
		o.Reading, o.Err = h.Check(ctx)
		return o
	}}
}

func looking(observer hop.Observer) *task {
	name := string(observer.Fact)
	if observer.Tier != "" {
		name += "/" + observer.Tier
	}
	return &task{name: name, upstream: observer.Upstream, do: func(ctx context.Context) (o Outcome) {
		o.seen, o.Err = observer.Look(ctx)
		return o
	}}
}

// seat has room for one running check. Nothing says that what a check reads or
// calls comes back; a check that does not keeps its seat, so that it is the
// only one of its kind that is ever left behind.
type seat struct {
	mu    sync.Mutex
	since time.Time // when the check that sits here began; zero while none does
	left  bool      // it was left behind
}

// take takes the seat, or returns since when another check has it, and whether that
// was left behind: after a standstill the one of the slot before may just be ending.
func (s *seat) take(now time.Time) (since time.Time, left, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() {
		s.since, ok = now, true
	}
	return s.since, s.left, ok
}

// abandon says that the check that sits here is left behind, if it still does.
func (s *seat) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = !s.since.IsZero()
}

func (s *seat) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since, s.left = time.Time{}, false
}
