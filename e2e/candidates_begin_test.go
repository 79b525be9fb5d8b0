//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// candidates is what is done with two exporters of which one checks; see play.
var candidates struct {
	stop func() // nil before it has begun
	done chan struct{}
	play
	err error
}

// TestCandidatesBegin has it begin: what comes until TestCandidates goes on meanwhile,
// as nothing of the lab's flows is touched, and of its servers the main Vault's health
// is asked for.
func TestCandidatesBegin(t *testing.T) { beginCandidates(t) }

func beginCandidates(t *testing.T) {
	t.Helper()
	if candidates.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	candidates.stop, candidates.done = stop, make(chan struct{})
	candidates.began, candidates.always = time.Now(), oneAtMost
	go func() {
		defer close(candidates.done)
		candidates.err = candidates.run(ctx)
	}()
}

// play is the candidates' story, of which each scene is a function.
type play struct {
	lab.Candidates
	began time.Time
	said  strings.Builder
	// always has to hold of whatever is seen.
	always func(seen) error
}

func (p *play) run(ctx context.Context) error {
	var err error
	p.Candidates, err = home.StartCandidates(ctx)
	if err != nil {
		return err
	}
	for _, scene := range []struct {
		name string
		play func(context.Context) error
	}{
		{"rights", p.hasTheShippedRights},
		{"one of two leads", p.electsOne},
		{"flows of ConfigMaps", p.discovers},
		{"the leader is stopped", p.losesAStoppedLeader},
		{"the leader is killed", p.losesAKilledLeader},
		{"the API does not answer", p.losesTheAPI},
		{"the ConfigMaps are deleted", p.forgets},
		{"removed", p.Remove},
	} {
		began := time.Now()
		if err := scene.play(ctx); err != nil {
			return fmt.Errorf("%s: %w", scene.name, err)
		}
		p.say("%s: %.1fs", scene.name, time.Since(began).Seconds())
	}
	return nil
}

func (p *play) say(format string, args ...any) {
	fmt.Fprintf(&p.said, "%6.1fs  "+format+"\n", append([]any{time.Since(p.began).Seconds()}, args...)...)
}

// until looks at the candidates until ok. bound is, as that of within, what a machine
// with nothing else to do needs.
func (p *play) until(ctx context.Context, bound time.Duration, what string, ok func(seen) error) (seen, error) {
	began := time.Now()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		now, err := p.look(ctx)
		if err == nil { // else one of them is being started
			if err := p.always(now); err != nil {
				return now, fmt.Errorf("until %s: %w", what, err)
			}
			err = ok(now)
		}
		took := time.Since(began)
		switch {
		case err == nil:
			late := ""
			if took > bound {
				late = fmt.Sprintf(", slower than %s: a busy machine?", bound)
			}
			p.say("%s: after %.1fs%s", what, took.Seconds(), late)
			return now, nil
		case took > slack*bound:
			return now, fmt.Errorf("%s: not within %s: %w", what, slack*bound, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return now, ctx.Err()
		}
	}
}
