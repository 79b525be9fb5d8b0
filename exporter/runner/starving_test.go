package runner_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// processor serves all who run on it at the same pace, so that each takes as many
// times longer as there are.
type processor struct {
	need time.Duration // what each takes alone

	mu      sync.Mutex
	running []*run // each needs as much, so that who came first ends first
	given   time.Duration
	at      time.Time // when given was right
	timer   *time.Timer
}

// run ends when the processor has given so much to each who runs.
type run struct {
	until time.Duration
	ended chan struct{}
}

// check is a check that needs the processor.
func (p *processor) check(ctx context.Context) (hop.Reading, error) {
	p.mu.Lock()
	p.serve()
	mine := &run{until: p.given + p.need, ended: make(chan struct{})}
	p.running = append(p.running, mine)
	p.plan()
	p.mu.Unlock()
	select {
	case <-mine.ended:
		return hop.Reading{}, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serve()
	p.running = slices.DeleteFunc(p.running, func(r *run) bool { return r == mine })
	p.plan()
	return hop.Reading{}, reason.From(ctx.Err(), "asking")
}

// serve gives to those who ran what they got since.
func (p *processor) serve() {
	now := time.Now()
	if n := time.Duration(len(p.running)); n > 0 {
		p.given += now.Sub(p.at) / n
	}
	p.at = now
	for len(p.running) > 0 && p.running[0].until <= p.given {
		close(p.running[0].ended)
		p.running = p.running[1:]
	}
}

// plan comes back when the next one has got what it needs.
func (p *processor) plan() {
	if p.timer != nil {
		p.timer.Stop()
	}
	if n := time.Duration(len(p.running)); n > 0 {
		p.timer = time.AfterFunc((p.running[0].until-p.given+1)*n, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.serve()
			p.plan()
		})
	}
}

// TestAStarvedProcessorJudgesWhatItCan: where the checks needed many times the
// processor that there is, all of them timed out, or all slots lacked one of theirs.
// Waiting for the Docker engine took them for checks of a server that is slow.
func TestAStarvedProcessorJudgesWhatItCan(t *testing.T) {
	const flows, share = 300, 8 // slots that each could have
	upstreams := []string{"https://nas", "https://main", "https://kubernetes"}
	for _, over := range []int{2, 5, 10} {
		t.Run(fmt.Sprintf("%d times too much", over), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var f fleet
				slots := share * over
				entries := flow.Entries()
				p := processor{need: time.Duration(over) * interval / time.Duration(flows*len(entries))}
				f.run(t, names(flows), slots, func(string) (hops []hop.Hop) {
					for i, e := range entries {
						h := hop.Hop{Name: e.Hop, Check: p.check, Upstream: upstreams[i%len(upstreams)]}
						if e.Hop == flow.DockerExec {
							h.Exclusive, h.Upstream = "tcp://nas:2376", "tcp://nas:2376"
						}
						hops = append(hops, h)
					}
					return hops
				})
				good, least := 0, slots
				for name, found := range f.slots() {
					if found["good"]+found["skipped"] != slots {
						t.Errorf("%s: got %v, want %d slots that are good or skipped", name, found, slots)
					}
					good, least = good+found["good"], min(least, found["good"])
				}
				t.Logf("got %d good slots, at least %d of a flow", good, least)
				if good < flows*share/2 {
					t.Errorf("got %d good slots, want at least half of the %d that the processor can do", good, flows*share)
				}
				if least == 0 {
					t.Errorf("got a flow without a good slot, want some of the %d that are its share", share)
				}
			})
		})
	}
}
