package runner

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// claim is what the checks of one slot have in common where they wait.
type claim struct {
	rank   uint64    // the highest comes first
	latest time.Time // when a check begins at latest; zero, where it needs no room, for any time

	// waiting are those that have no room yet, and closed says that they are too
	// late; of the room.
	waiting []entrant
	closed  bool
}

// entrant is a check that needs room.
type entrant struct {
	upstream string
	// alone says that it waits inside for a turn: how long it takes says nothing of
	// the room.
	alone bool
	// do is called once, in a goroutine of its own: with how the room is left when
	// there is some, or with nil when it is too late.
	do func(leave func())
}

// room is where checks go on: as many as its limit says, and half as many at one
// upstream, so that one that hangs leaves room for the others.
type room struct {
	mu     sync.Mutex
	limit  limit
	inside int
	at     map[string]int // of those inside, by upstream
	line   []*claim       // those with checks that wait, by rank
	full   time.Time      // when a check was too late last
}

func newRoom() *room { return &room{limit: newLimit(), at: map[string]int{}} }

// enter lets a check in as soon as there is room. It does not wait for that: nothing
// that waits has a goroutine.
func (r *room) enter(c *claim, e entrant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case c.closed || time.Now().After(c.latest):
		go e.do(nil)
	case r.fits(e):
		r.begin(e, false)
	default:
		if len(c.waiting) == 0 {
			at, _ := slices.BinarySearchFunc(r.line, c, func(a, b *claim) int { return cmp.Compare(b.rank, a.rank) })
			r.line = slices.Insert(r.line, at, c)
		}
		c.waiting = append(c.waiting, e)
	}
}

// close says that it is too late for what waits by a claim, and for what comes.
func (r *room) close(c *claim) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.closed = true
	for _, e := range c.waiting {
		go e.do(nil)
	}
	if at := slices.Index(r.line, c); at >= 0 {
		r.line = slices.Delete(r.line, at, at+1)
		r.full = time.Now()
	}
	c.waiting = nil
}

// lacked reports whether there was not room for all, after the time since.
func (r *room) lacked(since time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.full.After(since)
}

func (r *room) fits(e entrant) bool {
	return r.inside < r.limit.now && r.at[e.upstream] < r.limit.now/2
}

func (r *room) begin(e entrant, waited bool) {
	began, trial := time.Now(), r.limit.begin(waited && !e.alone)
	r.inside++
	r.at[e.upstream]++
	go e.do(func() { r.leave(e, trial, time.Since(began)) })
}

// leave makes room. Where there was some already, at the upstream and in all, nobody
// waits for this one: what a hanging server has wait need not be looked through
// whenever another one answers.
func (r *room) leave(e entrant, trial uint64, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	limit, wanted := r.limit.now, r.inside >= r.limit.now || r.at[e.upstream] >= r.limit.now/2
	r.inside--
	if r.at[e.upstream]--; r.at[e.upstream] == 0 {
		delete(r.at, e.upstream)
	}
	r.limit.end(trial, took)
	if wanted || r.limit.now > limit {
		r.next()
	}
}

// next lets in those for whom there is room now.
func (r *room) next() {
	for i := 0; i < len(r.line) && r.inside < r.limit.now; {
		c := r.line[i]
		c.waiting = slices.DeleteFunc(c.waiting, func(e entrant) bool {
			fits := r.fits(e)
			if fits {
				r.begin(e, true)
			}
			return fits
		})
		if len(c.waiting) > 0 {
			i++
			continue
		}
		r.line = slices.Delete(r.line, i, i+1)
	}
}
