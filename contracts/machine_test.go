package contracts_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/commands"
	"github.com/leanovate/gopter/gen"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// wantSteps is how many steps the state machine makes at least.
const wantSteps = 10_000

// watched is the world and the exporter that watches it.
type watched struct {
	world  *world
	runner *runner.Runner
}

// step is one command: it changes the world, in the system as in the model,
// and then the exporter looks.
type step struct {
	name   string
	change func(world) world
	// restarts says that the exporter is started anew.
	restarts bool
	// allowed says in which worlds the command makes sense.
	allowed func(world) bool
	count   *atomic.Int64
}

// Run implements commands.Command.
func (s step) Run(system commands.SystemUnderTest) commands.Result {
	w := system.(*watched)
	*w.world = s.change(*w.world)
	if s.restarts {
		w.runner, _ = newRunner(checks(w.world))
	}
	w.runner.Once(context.Background())
	s.count.Add(1)
	return w.runner.Snapshot()
}

// NextState implements commands.Command.
func (s step) NextState(state commands.State) commands.State { return s.change(state.(world)) }

// PreCondition implements commands.Command.
func (s step) PreCondition(state commands.State) bool { return s.allowed(state.(world)) }

// PostCondition implements commands.Command; it sees the new state.
func (s step) PostCondition(state commands.State, result commands.Result) *gopter.PropResult {
	w, seen := state.(world), result.(runner.Snapshot)
	if wrong := w.judge(seen.Verdict); wrong != "" {
		return &gopter.PropResult{Status: gopter.PropFalse, Labels: []string{fmt.Sprintf("after %q in %+v: %s", s.name, w, wrong)}}
	}
	return &gopter.PropResult{Status: gopter.PropTrue}
}

// String implements commands.Command.
func (s step) String() string { return s.name }

// judge says what is wrong with a verdict on the world; "" for nothing.
func (w world) judge(got flow.Verdict) string {
	want := flow.Degraded
	switch {
	case !w.delivers():
		want = flow.Bad
	case w.quiet():
		want = flow.Good
	}
	if got.Result != want {
		return fmt.Sprintf("got %+v, want result %q", got, want)
	}
	if want == flow.Good {
		if got.Hop != "" || got.Reason != "" {
			return fmt.Sprintf("got %q blamed for nothing", got.Hop)
		}
		return ""
	}
	for _, one := range w.culprits() {
		if got.Hop == one.Hop && (got.Reason == one.Reason || one.Reason == "") {
			return ""
		}
	}
	return fmt.Sprintf("got %+v, want one of %+v", got, w.culprits())
}

// culprits are the hops that may be blamed: the fault's own, and where copies
// differ the one that moves the value there.
func (w world) culprits() []flow.Verdict {
	f := w.broken()
	var all []flow.Verdict
	if f.hop != "" {
		all = append(all, flow.Verdict{Hop: f.hop, Reason: f.reason})
	}
	lag := func(differs bool, hop flow.Hop) {
		if differs {
			all = append(all, flow.Verdict{Hop: hop, Reason: reason.Stale}, flow.Verdict{Hop: hop, Reason: reason.Mismatch})
		}
	}
	// A fault whose hop feeds the others explains what they lack.
	lag(w.file != w.nas && f.hop != flow.DockerExec, flow.DockerExec)
	lag(w.main != w.nas && f.hop != flow.NASKV, flow.Broker)
	lag(w.secret != w.main, flow.ExternalSecret)
	if w.brokerFailed {
		all = append(all, flow.Verdict{Hop: flow.Broker, Reason: reason.JobFailed})
	}
	if w.esoFailed {
		all = append(all, flow.Verdict{Hop: flow.ExternalSecret, Reason: reason.NotReady})
	}
	if w.nas-w.secret > 1 && !f.revoked {
		all = append(all, flow.Verdict{Hop: flow.Token, Reason: reason.Revoked})
	}
	return all
}

// moves are the commands of the state machine.
func moves(count *atomic.Int64) []gopter.Gen {
	always := func(world) bool { return true }
	whole := func(w world) bool { return w.fault < 0 }
	command := func(weight int, s step) []gopter.Gen {
		s.count = count
		var same []gopter.Gen
		for range weight {
			same = append(same, gen.Const(commands.Command(s)))
		}
		return same
	}
	var all []gopter.Gen
	all = append(all, command(4, step{name: "rotate", change: world.rotate, allowed: always})...)
	all = append(all, command(6, step{name: "sync", change: world.sync, allowed: always})...)
	all = append(all, command(8, step{name: "heal", change: world.heal, allowed: func(w world) bool { return w.fault >= 0 }})...)
	all = append(all, command(2, step{name: "restart", change: func(w world) world { return w }, restarts: true, allowed: always})...)
	for i, f := range worldFaults {
		all = append(all, command(1, step{name: "fail: " + f.name, allowed: whole, change: func(w world) world {
			w.fault = i
			return w
		}})...)
	}
	return all
}

// TestStateMachine rotates, copies, breaks, heals and restarts in random order
// and holds the exporter's verdict after each step against what is true.
func TestStateMachine(t *testing.T) {
	var count atomic.Int64
	all := moves(&count)
	machine := &commands.ProtoCommands{
		NewSystemUnderTestFunc: func(state commands.State) commands.SystemUnderTest {
			w := state.(world)
			r, _ := newRunner(checks(&w))
			r.Once(context.Background())
			return &watched{world: &w, runner: r}
		},
		InitialStateGen: gen.Const(world{fault: -1}),
		GenCommandFunc:  func(commands.State) gopter.Gen { return gen.OneGenOf(all...) },
	}
	runProperty(t, commands.Prop(machine), func(p *gopter.TestParameters) {
		p.MinSuccessfulTests, p.MinSize, p.MaxSize = 260, 40, 40
	})
	t.Logf("%d steps", count.Load())
	if count.Load() < wantSteps {
		t.Errorf("got %d steps, want at least %d", count.Load(), wantSteps)
	}
}
