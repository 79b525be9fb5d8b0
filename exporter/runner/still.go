package runner

import (
	"sync"
	"time"
)

// watch measures for how long the process stood still, because it was stopped, its
// machine was, or others had the processor: by how much the ticks of a timer came
// too late, in all.
type watch struct {
	step time.Duration

	mu    sync.Mutex
	due   time.Time
	late  time.Duration
	timer *time.Timer
}

func newWatch(step time.Duration) *watch {
	w := &watch{step: step, due: time.Now().Add(step)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(step, w.tick)
	return w
}

func (w *watch) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.look()
	w.due = time.Now().Add(w.step)
	w.timer.Reset(w.step)
}

// look adds by how much the tick that is due is late by now.
func (w *watch) look() { w.late += max(0, time.Since(w.due)) }

// stop ends it and returns for how long the process stood still.
func (w *watch) stop() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	w.look()
	return w.late
}
