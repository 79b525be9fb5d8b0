package drill

import (
	"context"
	"sync"
	"time"
)

// scrapes asks an exporter for all who look at its flows: each is given the next
// answer, which was begun after it had asked.
type scrapes struct {
	mutex   sync.Mutex
	waiting []chan scraped
	running bool
}

type scraped struct {
	flows map[string]State
	err   error
}

// next is what the exporter says of a flow at the next look.
func (s *scrapes) next(ctx context.Context, url, flow string) (State, error) {
	answer := make(chan scraped, 1)
	s.mutex.Lock()
	s.waiting = append(s.waiting, answer)
	if !s.running {
		s.running = true
		go s.run(url)
	}
	s.mutex.Unlock()
	select {
	case <-ctx.Done():
		return State{}, ctx.Err()
	case got := <-answer:
		return got.flows[flow], got.err
	}
}

// run looks for as long as somebody waits.
func (s *scrapes) run(url string) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		s.mutex.Lock()
		waiting := s.waiting
		s.waiting = nil
		if len(waiting) == 0 {
			s.running = false
			s.mutex.Unlock()
			return
		}
		s.mutex.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), actBound)
		flows, err := look(ctx, url)
		cancel()
		for _, answer := range waiting {
			answer <- scraped{flows, err}
		}
		<-tick.C
	}
}
