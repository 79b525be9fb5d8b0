package drill

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/undo"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// Slack is how much slower than one with nothing else to do a machine may be.
const Slack = 5

const (
	pollInterval = 500 * time.Millisecond
	// watched is how many slots the verdict has to stand for, and a control to be
	// quiet, and proof how many good ones in a row are a steady state.
	watched = 1
	proof   = 1
	// steadyBound is for a machine with nothing else to do: a broker's Job, a
	// refresh of the Secret and a few slots.
	steadyBound = 30 * time.Second
	actBound    = time.Minute
)

// Phase is a part of a drill.
type Phase string

// The phases, in their order.
const (
	PhaseBefore  Phase = "before"  // the steady state is proven, nothing is noted
	PhaseNoted   Phase = "noted"   // the journal knows of the fault, which is not there yet
	PhaseInject  Phase = "inject"  // it is being injected
	PhaseBroken  Phase = "broken"  // it is there
	PhaseUndo    Phase = "undo"    // it is being undone
	PhaseUndone  Phase = "undone"  // it is gone, and the journal does not know
	PhaseHealthy Phase = "healthy" // all of it is over
)

// Phases returns them.
func Phases() []Phase {
	return []Phase{PhaseBefore, PhaseNoted, PhaseInject, PhaseBroken, PhaseUndo, PhaseUndone, PhaseHealthy}
}

// Engine plays faults on one flow of a lab, one after another: a flow has one
// blame.
type Engine struct {
	Lab     *lab.Lab
	Journal *undo.Journal
	// Say is told of every phase.
	Say func(format string, args ...any)
	// Enter is called when a phase begins; it may be nil.
	Enter func(ctx context.Context, fault string, phase Phase)
	// Traffic are told in which time applications may notice.
	Traffic []*Traffic
	// Pager says that what the pager is told is waited for.
	Pager bool
	// KeepOnFail leaves a fault where it is that was not seen as it should be.
	KeepOnFail bool
	// looks are shared by the engines of a lab; nil where there is one.
	looks *scrapes
	// proven is the last steady state, and when it was proven.
	proven struct {
		State
		at time.Time
	}
	// raised is until when an alert may fire for a fault that is over.
	raised map[string]time.Time
}

// Play plays one fault of the catalogue. The error is one of the lab or of the
// harness, after which no other fault may be played; what is wrong with what the
// exporter said is in the result.
func (e *Engine) Play(ctx context.Context, f chaos.Fault) (r Result, err error) {
	r = Result{Fault: f, Flow: e.Lab.Flow()}
	verb, err := Find(f.Name)
	if err != nil {
		return r, err
	}
	paged := e.Pager && f.Lab.Paged
	var earlier []string
	if paged {
		err = e.silence(ctx)
		if err == nil {
			earlier, err = e.remembered(ctx, resent)
		}
		if err != nil {
			return r, fmt.Errorf("waiting for silence before %q: %w", f.Name, err)
		}
	}
	before := e.proven.State
	if time.Since(e.proven.at) > lab.Interval { // else the last drill has just ended with it
		before, err = e.Steady(ctx)
	}
	if err != nil {
		return r, fmt.Errorf("proving the steady state before %q: %w", f.Name, err)
	}
	quiet, err := e.pages(ctx, pollInterval)
	if err != nil {
		return r, err
	}
	e.enter(ctx, f.Name, PhaseBefore)
	entry, err := e.Journal.Begin(f.Name, e.target())
	if err != nil {
		return r, err
	}
	e.enter(ctx, f.Name, PhaseNoted)
	if f.Lab.Felt {
		for _, traffic := range e.Traffic {
			defer traffic.Window()()
		}
	}
	began := time.Now()
	e.enter(ctx, f.Name, PhaseInject)
	injected := e.bounded(ctx, verb.Inject)
	if injected == nil {
		e.enter(ctx, f.Name, PhaseBroken)
		err = e.watch(ctx, &r)
		if err == nil && paged && len(r.Problems) == 0 { // else the pager is told of something else, or never
			err = e.hold(ctx, &r, began)
		}
	}
	if e.KeepOnFail && len(r.Problems) > 0 {
		return r, fmt.Errorf("playing %q: kept as it is: %s; recover undoes it", f.Name, strings.Join(r.Problems, "; "))
	}
	undone := time.Now()
	e.enter(ctx, f.Name, PhaseUndo)
	if err := e.undo(ctx, entry, verb); err != nil {
		return r, err
	}
	if injected != nil || err != nil {
		return r, fmt.Errorf("playing %q: injecting: %v, watching: %v", f.Name, injected, err)
	}
	after, err := e.Steady(context.WithoutCancel(ctx))
	if err != nil {
		return r, fmt.Errorf("proving the steady state after %q: %w", f.Name, err)
	}
	r.Recover = time.Since(undone)
	r.slots(before, after)
	err = e.falsePages(ctx, &r, quiet, time.Since(began))
	if err == nil && paged && len(r.Problems) == 0 {
		err = e.over(ctx, &r, began, undone, len(earlier) > 0)
	}
	e.Say("%s: %s: %s", e.Lab.Flow(), f.Name, r)
	e.enter(ctx, f.Name, PhaseHealthy)
	return r, err
}

// undo undoes the fault, notes it, and helps the copiers.
func (e *Engine) undo(ctx context.Context, entry undo.Entry, verb Verb) error {
	return e.Journal.Undo(ctx, entry, func(ctx context.Context, entry undo.Entry) error {
		err := verb.Undo(ctx, e.Lab)
		if err == nil {
			err = e.Lab.Settle(ctx)
		}
		if err == nil {
			e.enter(ctx, entry.Fault, PhaseUndone)
		}
		return err
	})
}

// Recover undoes whatever the journal knows of and proves the steady state.
func (e *Engine) Recover(ctx context.Context) error {
	err := e.Journal.Recover(ctx, e.Lab.ID(), func(ctx context.Context, entry undo.Entry) error {
		verb, err := Find(entry.Fault)
		if err != nil {
			return err
		}
		view := e.Lab.Lane(laneOf(entry.Target))
		err = verb.Undo(ctx, view)
		if err == nil {
			err = view.Settle(ctx)
		}
		return err
	}, e.Say)
	if err != nil {
		return err
	}
	altered, err := e.Lab.Altered(ctx)
	if err == nil && len(altered) > 0 {
		err = fmt.Errorf("looking for what is left: got %q, want none", altered)
	}
	if err != nil {
		return err
	}
	return everySteady(ctx, e.Lab)
}

// everySteady proves the steady state of every flow of the lab.
func everySteady(ctx context.Context, l *lab.Lab) error {
	group, ctx := errgroup.WithContext(ctx)
	looks := &scrapes{}
	for lane := range l.Lanes() + 1 {
		group.Go(func() error {
			_, err := (&Engine{Lab: l.Lane(lane), looks: looks}).Steady(ctx)
			if err != nil {
				err = fmt.Errorf("%s: %w", l.Lane(lane).Flow(), err)
			}
			return err
		})
	}
	return group.Wait()
}

// target is what the journal calls the flow: a part of its lab.
func (e *Engine) target() string { return fmt.Sprintf("%s/%d", e.Lab.ID(), e.Lab.Number()) }

// laneOf is the flow's number out of that.
func laneOf(target string) int {
	_, number, _ := strings.Cut(target, "/")
	lane, _ := strconv.Atoi(number) // none is the shipped flow
	return lane
}

func (e *Engine) bounded(ctx context.Context, do act) error {
	ctx, cancel := context.WithTimeout(ctx, Slack*actBound)
	defer cancel()
	return do(ctx, e.Lab)
}

func (e *Engine) enter(ctx context.Context, fault string, phase Phase) {
	e.Say("%s: %s: %s", e.Lab.Flow(), fault, phase)
	if e.Enter != nil {
		e.Enter(ctx, fault, phase)
	}
}
