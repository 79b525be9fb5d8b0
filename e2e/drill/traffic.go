package drill

import (
	"context"
	"fmt"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// Period is the time between two uses on each of the ways, of all flows together.
const Period = 50 * time.Millisecond

// use is one use of the token.
type use struct {
	way          string
	began, ended time.Time
	// why says what failed, "" nothing; it holds no token.
	why string
}

// span is a time in which applications may notice something.
type span struct{ from, to time.Time }

// Traffic is an application that reads the Secret whenever it uses the token,
// over the applications' link and past it, for as long as the drills last.
type Traffic struct {
	mutex   sync.Mutex
	uses    []use
	windows []span
	stop    context.CancelFunc
	ended   sync.WaitGroup
}

// StartTraffic starts the application of a flow, which waits so long between two
// uses.
func StartTraffic(ctx context.Context, l *lab.Lab, wait time.Duration) (*Traffic, error) {
	ctx, stop := context.WithCancel(ctx)
	t := &Traffic{stop: stop}
	for way, past := range map[string]bool{"over the link": false, "past the link": true} {
		application, err := l.NewApplication(past)
		if err != nil {
			stop()
			return nil, err
		}
		t.ended.Go(func() { t.run(ctx, way, application, wait) })
	}
	return t, nil
}

func (t *Traffic) run(ctx context.Context, way string, application *lab.Application, wait time.Duration) {
	tick := time.NewTicker(wait)
	defer tick.Stop()
	for ctx.Err() == nil {
		u := use{way: way, began: time.Now()}
		err := application.Use(ctx)
		if ctx.Err() != nil {
			return
		}
		u.ended = time.Now()
		if err != nil {
			u.why = err.Error()
		}
		t.mutex.Lock()
		t.uses = append(t.uses, u)
		t.mutex.Unlock()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// Window begins a time in which applications may notice something; what it
// returns ends it.
func (t *Traffic) Window() (end func()) {
	began := time.Now()
	return func() {
		t.mutex.Lock()
		defer t.mutex.Unlock()
		t.windows = append(t.windows, span{began, time.Now()})
	}
}

// Uses says how often applications used their token outside of all windows, which
// of those uses failed, and how often inside of one.
type Uses struct {
	Outside, Inside int
	Failed          []string
}

// String is that in one line.
func (u Uses) String() string {
	return fmt.Sprintf("applications used their token %d times outside of the faults that they may notice, %d of them failed; %d times inside", u.Outside, len(u.Failed), u.Inside)
}

func (u *Uses) add(other Uses) {
	u.Outside, u.Inside, u.Failed = u.Outside+other.Outside, u.Inside+other.Inside, append(u.Failed, other.Failed...)
}

// Stop ends the application.
func (t *Traffic) Stop() (all Uses) {
	t.stop()
	t.ended.Wait()
	for _, u := range t.uses {
		if t.excused(u) {
			all.Inside++
			continue
		}
		all.Outside++
		if u.why != "" {
			all.Failed = append(all.Failed, fmt.Sprintf("at %s %s: %s", u.began.Format(time.TimeOnly), u.way, u.why))
		}
	}
	return all
}

// excused says whether a use was made, at least in part, in a window.
func (t *Traffic) excused(u use) bool {
	for _, w := range t.windows {
		if u.began.Before(w.to) && u.ended.After(w.from) {
			return true
		}
	}
	return false
}
