package lab

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// timeline prints how long each phase of the start took.
type timeline struct {
	mutex sync.Mutex
	out   io.Writer
	began time.Time
}

// phase runs one phase and prints when it was over and how long it took.
func (l *Lab) phase(ctx context.Context, name string, run func(context.Context) error) error {
	start := time.Now()
	err := run(ctx)
	if err != nil {
		return fmt.Errorf("starting the lab's phase %q: %w", name, err)
	}
	l.timeline.print(name, time.Since(start))
	return nil
}

func (t *timeline) print(name string, took time.Duration) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	fmt.Fprintf(t.out, "%5.1fs  %-18s %5.1fs\n", time.Since(t.began).Seconds(), name, took.Seconds())
}

func (t *timeline) finish() { t.print("lab ready", time.Since(t.began)) }
