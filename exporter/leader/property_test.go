package leader

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
)

// candidates is how many there may be at a time.
const candidates = 3

// ops are what happens in a sequence, to the candidate of a place, where there is
// one, or to all.
var ops = []struct {
	name string
	// disturbs says that nothing is promised of the moments after it.
	disturbs bool
	do       func(w *world, at **process, place int)
}{
	{"starts", false, func(w *world, at **process, place int) {
		if *at == nil {
			*at = w.start(time.Duration(place-1) * 1000 * time.Hour)
		}
	}},
	{"is killed", true, ending((*world).kill)},
	{"is stopped", true, ending((*world).stop)},
	{"is refused", true, going(refuses)},
	{"hangs", true, going(hangs)},
	{"hears nothing", true, going(mutes)},
	{"is connected", true, going(works)},
	{"all hang", true, func(w *world, _ **process, _ int) { w.all(hangs) }},
	{"all are connected", true, func(w *world, _ **process, _ int) { w.all(works) }},
	{"the Lease is deleted", true, func(w *world, _ **process, _ int) { w.home.DeleteObject("leases", leaseName) }},
	{"the Lease is given to nobody", true, func(w *world, _ **process, _ int) { w.edit(map[string]any{"holderIdentity": "nobody"}) }},
	{"the Lease is no Lease", true, func(w *world, _ **process, _ int) { w.edit(map[string]any{"holderIdentity": 1}) }},
	{"nobody may write", true, func(w *world, _ **process, _ int) { w.allow(false) }},
	{"all may write", true, func(w *world, _ **process, _ int) {
		w.allow(true)
		if !w.writable() {
			w.home.DeleteObject("leases", leaseName)
		}
	}},
}

func ending(how func(*world, *process)) func(*world, **process, int) {
	return func(w *world, at **process, _ int) {
		if *at != nil {
			how(w, *at)
			*at = nil
		}
	}
}

func going(m mode) func(*world, **process, int) {
	return func(_ *world, at **process, _ int) {
		if *at != nil {
			(*at).way.set(m)
		}
	}
}

func (w *world) all(m mode) {
	for _, p := range w.running {
		p.way.set(m)
	}
}

// watcher looks every second whether what is promised holds.
type watcher struct {
	*world
	// disturbed is when something last was in anybody's way, edited when the Lease
	// last was what no candidate wrote, and led when somebody last led.
	disturbed, edited, led time.Time
	wrong                  string
}

func (w *watcher) watch(d time.Duration) {
	for range int(d / time.Second) {
		time.Sleep(time.Second)
		w.look()
	}
}

func (w *watcher) look() {
	now, leading := time.Now(), w.leading()
	oldest := now
	for _, p := range w.running {
		if p.born.Before(oldest) {
			oldest = p.born
		}
		if p.way.current() != works {
			w.disturbed = now
		}
		if most := 2*(now.Sub(p.born)/(pace*4/5)) + 4; time.Duration(p.way.dialed()) > most {
			w.fail("got %d requests of one that is %s old", p.way.dialed(), now.Sub(p.born))
		}
	}
	if !w.writable() {
		w.disturbed, w.edited = now, now
	}
	if len(leading) > 0 {
		w.led = now
	}
	since := func(times ...time.Time) time.Duration {
		least := now.Sub(oldest)
		for _, t := range times {
			least = min(least, now.Sub(t))
		}
		return least
	}
	calm := since(w.disturbed)
	switch {
	case len(w.running) > 0 && since(w.led, w.edited) > duration+patience+longestRound:
		w.fail("nobody leads")
	case now.Sub(w.disturbed) > 2*longestRound && len(leading) > 1:
		w.fail("%d lead although the API has answered for %s", len(leading), now.Sub(w.disturbed))
	case len(w.running) > 0 && calm > duration+2*longestRound && (len(leading) != 1 || leading[0].name != w.holder()):
		w.fail("%d lead although the API has answered for %s, want the one that has the Lease", len(leading), calm)
	}
}

func (w *watcher) fail(format string, args ...any) {
	if w.wrong == "" {
		w.wrong = fmt.Sprintf("after %s: ", time.Since(w.began)) + fmt.Sprintf(format, args...)
	}
}

// playSequence plays what the numbers stand for, then heals all, and returns what
// did not hold.
func playSequence(t *testing.T, numbers []uint32) (wrong, played string) {
	synctest.Test(t, func(t *testing.T) {
		w := &watcher{world: newWorld(t)}
		defer w.end()
		w.disturbed, w.edited, w.led = w.began, w.began, w.began
		var places [candidates]*process
		for _, n := range numbers {
			op, place, wait := ops[n%uint32(len(ops))], int(n>>8)%candidates, time.Duration(n>>16%80)*time.Second
			played += fmt.Sprintf("%s: %d %s; ", time.Since(w.began), place, op.name)
			op.do(w.world, &places[place], place)
			if op.disturbs {
				w.disturbed, w.edited = time.Now(), time.Now()
			}
			w.watch(wait)
		}
		w.all(works)
		ops[len(ops)-1].do(w.world, nil, 0)
		w.watch(duration + 3*longestRound)
		wrong = w.wrong
	})
	return wrong, played
}

// TestElections: whatever happens to two or three candidates and their ways to the
// API, there are never two that lead for longer than a round and a retry while it
// answers, one leads when it has answered for as long as the Lease lasts, and
// nobody is ever without one for longer than a candidate's patience.
func TestElections(t *testing.T) {
	parameters := gopter.DefaultTestParameters()
	parameters.MinSuccessfulTests, parameters.MaxSize = 40, 24
	properties := gopter.NewProperties(parameters)
	properties.Property("one leads", prop.ForAll(func(numbers []uint32) string {
		wrong, played := playSequence(t, append([]uint32{0, 1 << 8 * uint32(len(ops))}, numbers...))
		if wrong != "" {
			return wrong + " of " + played
		}
		return ""
	}, gen.SliceOf(gen.UInt32())))
	properties.TestingRun(t)
}
