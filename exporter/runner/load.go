package runner

import (
	"math"
	"slices"
	"sync"
	"time"
)

// usable is how much of the room may be planned with: checks come unevenly, and
// none is due at the end of a slot.
const usable = 0.75

// load is how many checks would go on at once, on average, if every slot of every
// flow were looked at: the sum of what the last check of each task took, by its
// interval. It is kept as time in an hour, so that nothing is lost by adding.
type load struct {
	mu  sync.Mutex
	at  map[string]time.Duration // by upstream; none at 0
	all time.Duration            // of all, each as far as there is room at it
}

// add notes that checks at an upstream take so much more in an hour, or less.
func (l *load) add(upstream string, more time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.at[upstream]
	now := before + more
	l.all += min(now, room(maxAtOne)) - min(before, room(maxAtOne))
	if l.at[upstream] = now; now == 0 {
		delete(l.at, upstream)
	}
}

// every is how many slots a flow that asks these upstreams has for one that is
// looked at: 1 where there is room for all.
func (l *load) every(upstreams []string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	most := over(l.all, maxChecks)
	for _, upstream := range upstreams {
		most = max(most, over(l.at[upstream], maxAtOne))
	}
	return most
}

// over is how many times what is asked fits into the room for so many checks,
// rounded up, and at least once.
func over(asked time.Duration, checks int) int {
	return max(1, int(math.Ceil(float64(asked)/float64(room(checks)))))
}

// room is how much of an hour so many checks at once may be planned to take.
func room(checks int) time.Duration {
	return time.Duration(usable * float64(checks) * float64(time.Hour))
}

// weigh notes for how long the last check of a task took room.
func (r *Runner) weigh(t *task, took time.Duration) {
	hourly := time.Duration(float64(took) * float64(time.Hour) / float64(r.flow.Interval))
	r.shared.Gates.load.add(t.upstream, t.seat.weigh(hourly))
}

// weightless takes back what is noted of a flow that has ended.
func (r *Runner) weightless() {
	for _, t := range slices.Concat(r.hops, r.observers) {
		r.weigh(t, 0)
	}
}

// sits reports whether slot k is one that is looked at. Where there is no room for
// all, every flow has its turn, in whole slots: which of them depends on its name.
func (r *Runner) sits(k int, upstreams []string) bool {
	every := r.shared.Gates.load.every(upstreams)
	return every == 1 || (uint64(k)+r.hash(""))%uint64(every) == 0 // #nosec G115 -- both are positive
}

// upstreams are those that the flow's checks ask.
func (r *Runner) upstreams() []string {
	var names []string
	for _, t := range slices.Concat(r.hops, r.observers) {
		names = append(names, t.upstream)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
