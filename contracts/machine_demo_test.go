package contracts_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/commands"
	"github.com/leanovate/gopter/gen"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// embedded is the embedded homelab with the exporter's real checks. One homelab
// serves all sequences: starting one for each would cost more than they do.
type embedded struct {
	lab    *homelab.Homelab
	hops   []hop.Hop
	faults []homelab.FaultState
	runner *runner.Runner
	count  atomic.Int64
}

// broken is the model: which fault of the catalogue is active, -1 for none, and
// whether the token was rotated while it was, and whether the exporter was
// started while it was and saw no rotation since.
type broken struct {
	fault              int
	rotated, restarted bool
}

func startEmbedded(t *testing.T) *embedded {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	e := &embedded{lab: home.Homelab, hops: hop.Build(home.Flow, nil)}
	for _, f := range home.Faults() {
		// A NAS that does not answer costs its whole time limit at every step.
		if f.Hop != "" && f.Reason != reason.Timeout {
			e.faults = append(e.faults, f)
		}
	}
	return e
}

// embeddedStep is one command against the embedded homelab.
type embeddedStep struct {
	name    string
	do      func(*embedded) error
	change  func(broken) broken
	allowed func(broken) bool
	faults  []homelab.FaultState
}

// seenVerdict is what a step led to.
type seenVerdict struct {
	verdict flow.Verdict
	err     error
}

// Run implements commands.Command. The copiers run after every change, so that
// the fault's consequences are there too.
func (s embeddedStep) Run(system commands.SystemUnderTest) commands.Result {
	e := system.(*embedded)
	err := s.do(e)
	e.lab.Sync()
	e.runner.Once(context.Background())
	e.count.Add(1)
	return seenVerdict{e.runner.Snapshot().Verdict, err}
}

// NextState implements commands.Command.
func (s embeddedStep) NextState(state commands.State) commands.State { return s.change(state.(broken)) }

// PreCondition implements commands.Command.
func (s embeddedStep) PreCondition(state commands.State) bool { return s.allowed(state.(broken)) }

// String implements commands.Command.
func (s embeddedStep) String() string { return s.name }

// PostCondition implements commands.Command; it sees the new state.
func (s embeddedStep) PostCondition(state commands.State, result commands.Result) *gopter.PropResult {
	model, seen := state.(broken), result.(seenVerdict)
	want := flow.Verdict{Result: flow.Good}
	if model.fault >= 0 {
		f := s.faults[model.fault]
		want = flow.Verdict{Result: seen.verdict.Result, Hop: f.Hop, Reason: f.Reason}
		if model.restarted && f.Hop == flow.DockerExec && f.Reason == reason.Stale {
			want.Reason = reason.Mismatch // it never saw the source change, and a file does not say how old it is
		}
		if model.rotated && f.Reason == reason.Revoked {
			// There is another token, which the broker refuses to move, so that
			// the applications keep one that is revoked.
			want.Hop, want.Reason = flow.Broker, reason.JobFailed
		}
	}
	if seen.err != nil || seen.verdict != want || model.fault >= 0 && seen.verdict.Result == flow.Good {
		return &gopter.PropResult{Status: gopter.PropFalse, Labels: []string{fmt.Sprintf("after %q: got %+v (%v), want %+v", s.name, seen.verdict, seen.err, want)}}
	}
	return &gopter.PropResult{Status: gopter.PropTrue}
}

// embeddedMoves are the commands; fail may be followed by anything but fail.
func embeddedMoves(e *embedded) []gopter.Gen {
	same := func(b broken) broken { return b }
	whole := func(b broken) bool { return b.fault < 0 }
	ill := func(b broken) bool { return b.fault >= 0 }
	always := func(broken) bool { return true }
	commandsOf := []embeddedStep{
		{name: "rotate", allowed: always, do: func(e *embedded) error { return e.lab.Rotate() }, change: func(b broken) broken {
			return broken{fault: b.fault, rotated: b.fault >= 0}
		}},
		{name: "sync", do: func(*embedded) error { return nil }, change: same, allowed: always},
		{name: "restart", allowed: always, do: func(e *embedded) error {
			e.runner, _ = newRunner(e.hops)
			return nil
		}, change: func(b broken) broken {
			b.restarted = b.fault >= 0
			return b
		}},
		{name: "heal", allowed: ill, change: func(broken) broken { return broken{fault: -1} }, do: func(e *embedded) error { return e.healAll() }},
		{name: "heal", allowed: ill, change: func(broken) broken { return broken{fault: -1} }, do: func(e *embedded) error { return e.healAll() }},
	}
	for i, f := range e.faults {
		commandsOf = append(commandsOf, embeddedStep{
			name: "fail: " + f.Name, allowed: whole,
			do:     func(e *embedded) error { return e.lab.Break(f.Name) },
			change: func(broken) broken { return broken{fault: i} },
		})
	}
	var all []gopter.Gen
	for _, s := range commandsOf {
		s.faults = e.faults
		all = append(all, gen.Const(commands.Command(s)))
	}
	return all
}

func (e *embedded) healAll() error {
	for _, f := range e.lab.Faults() {
		if f.Broken {
			if err := e.lab.Heal(f.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// TestStateMachineOnTheEmbeddedHomelab is the state machine over the wire: the
// real clients against the embedded servers.
func TestStateMachineOnTheEmbeddedHomelab(t *testing.T) {
	e := startEmbedded(t)
	all := embeddedMoves(e)
	machine := &commands.ProtoCommands{
		NewSystemUnderTestFunc: func(commands.State) commands.SystemUnderTest {
			if err := e.healAll(); err != nil {
				t.Error(err)
			}
			e.runner, _ = newRunner(e.hops)
			e.runner.Once(context.Background())
			return e
		},
		InitialStateGen: gen.Const(broken{fault: -1}),
		GenCommandFunc:  func(commands.State) gopter.Gen { return gen.OneGenOf(all...) },
	}
	runProperty(t, commands.Prop(machine), func(p *gopter.TestParameters) {
		p.MinSuccessfulTests, p.MinSize, p.MaxSize = 12, 12, 12
	})
	t.Logf("%d steps, %d faults", e.count.Load(), len(e.faults))
}
