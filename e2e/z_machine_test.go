//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/commands"
	"github.com/leanovate/gopter/gen"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// sequenced are the faults that sequences are made of: of each part of the flow one
// that is quickly done and undone.
var sequenced = []string{chaos.NASDown, chaos.NASSeal, chaos.FileStuck, chaos.DockerClientExpired}

// step is one command on the lab: it acts, and then the exporter has to say
// what the model says, within a few slots.
type step struct {
	t    *testing.T
	name string
	from string      // the fault that must be there before; "" none
	to   chaos.Fault // the one that is there after; the zero one is none
	act  func(context.Context, *lab.Lab) error
}

// Run implements commands.Command.
func (s step) Run(commands.SystemUnderTest) commands.Result {
	if err := s.act(s.t.Context(), home); err != nil {
		return err
	}
	want := map[string]float64{}
	if s.to.Hop != "" {
		want[fmt.Sprintf("hop=%s reason=%s", s.to.Hop, s.to.Reason)] = 1
	}
	deadline := time.After(slack * 40 * time.Second)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		got := query(s.t, "nas_flow_blame")
		if fmt.Sprint(got) == fmt.Sprint(want) && (s.to.Hop != "" || len(query(s.t, "nas_hop_up == 0")) == 0) {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline:
			return fmt.Errorf("%s: blamed %v, want %v", s.name, got, want)
		}
	}
}

// NextState implements commands.Command.
func (s step) NextState(commands.State) commands.State { return s.to.Name }

// PreCondition implements commands.Command.
func (s step) PreCondition(state commands.State) bool { return state.(string) == s.from }

// PostCondition implements commands.Command.
func (s step) PostCondition(_ commands.State, result commands.Result) *gopter.PropResult {
	if err, wrong := result.(error); wrong {
		return &gopter.PropResult{Status: gopter.PropFalse, Labels: []string{err.Error()}}
	}
	return &gopter.PropResult{Status: gopter.PropTrue}
}

// String implements commands.Command.
func (s step) String() string { return s.name }

// TestSequences runs short random sequences of faults, mends and rotations on
// the lab. After each step the exporter's blame is the model's.
func TestSequences(t *testing.T) {
	seed := seed(t)
	recovers(t)
	steps, done := map[string][]any{}, 0
	var undo []func(context.Context, *lab.Lab) error
	count := func(act func(context.Context, *lab.Lab) error) func(context.Context, *lab.Lab) error {
		return func(ctx context.Context, l *lab.Lab) error { done++; return act(ctx, l) }
	}
	add := func(f chaos.Fault) {
		verb, err := drill.Find(f.Name)
		must(t, err)
		if f.Hop == "" { // over when it is done
			steps[""] = append(steps[""], step{t: t, name: f.Name, act: count(verb.Inject)})
			return
		}
		steps[""] = append(steps[""], step{t: t, name: f.Name, to: f, act: count(verb.Inject)})
		steps[f.Name] = []any{step{t: t, name: "undo " + f.Name, from: f.Name, act: count(verb.Undo)}}
		undo = append(undo, verb.Undo)
	}
	for _, f := range chaos.Lab() {
		if f.Name == chaos.TokenRotated || slices.Contains(sequenced, f.Name) {
			add(f)
		}
	}
	mended := func() {
		for _, undo := range undo {
			must(t, undo(context.WithoutCancel(t.Context()), home))
		}
	}
	t.Cleanup(mended) // where a sequence ended broken
	parameters := gopter.DefaultTestParametersWithSeed(seed)
	parameters.MinSuccessfulTests, parameters.MaxSize, parameters.MaxShrinkCount, parameters.Workers = 3, 6, 0, 1
	result := commands.Prop(&commands.ProtoCommands{
		NewSystemUnderTestFunc: func(commands.State) commands.SystemUnderTest { return home },
		// The lab outlives a sequence: it is mended, not made anew.
		DestroySystemUnderTestFunc: func(commands.SystemUnderTest) {
			mended()
			recovers(t)
		},
		InitialStateGen: gen.Const(""),
		GenCommandFunc: func(state commands.State) gopter.Gen {
			return gen.OneConstOf(steps[state.(string)]...)
		},
	}).Check(parameters)
	if !result.Passed() {
		t.Errorf("%s: %v", result.Status, result.Labels)
	}
	t.Logf("%d sequences, %d steps", result.Succeeded, done)
}
