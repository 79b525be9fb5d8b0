//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/commands"
	"github.com/leanovate/gopter/gen"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// defaultSeed makes every run the same; SEED= chooses another one.
const defaultSeed = 20260101

// failure is one state of the model: what is broken, and what the exporter
// must say of it. The zero failure is a flow that works.
type failure struct {
	name, hop, reason string
	breaks, mends     func(context.Context) error
}

func failures() []failure {
	return []failure{
		{"links cut", "nas_vault", "connect_refused",
			func(context.Context) error { return home.Cut(lab.Links()...) },
			func(context.Context) error { return home.Restore(lab.Links()...) }},
		{"sealed", "nas_vault", "sealed", home.SealNAS, home.UnsealNAS},
		{"file stuck", "docker_exec", "stale",
			func(ctx context.Context) error { return home.Rotate(ctx, lab.RotateOptions{KeepFile: true}) },
			home.RestoreTokenFile},
		{"client certificate expired", "docker_exec", "tls_client_cert",
			func(ctx context.Context) error { return home.SwapDockerClientCert(ctx, true) },
			func(ctx context.Context) error { return home.SwapDockerClientCert(ctx, false) }},
	}
}

// step is one command on the lab: it acts, and then the exporter has to say
// what the model says, within a few slots.
type step struct {
	t    *testing.T
	name string
	from string // the failure that must be there before; "" none
	to   failure
	act  func(context.Context) error
}

// Run implements commands.Command.
func (s step) Run(commands.SystemUnderTest) commands.Result {
	if err := s.act(s.t.Context()); err != nil {
		return err
	}
	want := map[string]float64{}
	if s.to.hop != "" {
		want[fmt.Sprintf("hop=%s reason=%s", s.to.hop, s.to.reason)] = 1
	}
	deadline := time.After(slack * 40 * time.Second)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		got := query(s.t, "nas_flow_blame")
		if fmt.Sprint(got) == fmt.Sprint(want) && (s.to.hop != "" || len(query(s.t, "nas_hop_up == 0")) == 0) {
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
func (s step) NextState(commands.State) commands.State { return s.to.name }

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
	seed := int64(defaultSeed)
	if text := os.Getenv("SEED"); text != "" {
		var err error
		seed, err = strconv.ParseInt(text, 10, 64)
		must(t, err)
	}
	t.Logf("SEED=%d replays this run", seed)
	recovers(t)
	steps, done := map[string][]any{}, 0
	count := func(act func(context.Context) error) func(context.Context) error {
		return func(ctx context.Context) error { done++; return act(ctx) }
	}
	steps[""] = append(steps[""], step{t: t, name: "rotate", act: count(func(ctx context.Context) error { return home.Rotate(ctx, lab.RotateOptions{}) })})
	for _, f := range failures() {
		steps[""] = append(steps[""], step{t: t, name: f.name, to: f, act: count(f.breaks)})
		steps[f.name] = []any{step{t: t, name: "mend " + f.name, from: f.name, act: count(f.mends)}}
		t.Cleanup(func() { _ = f.mends(context.WithoutCancel(t.Context())) }) // where a sequence ended broken
	}
	parameters := gopter.DefaultTestParametersWithSeed(seed)
	parameters.MinSuccessfulTests, parameters.MaxSize, parameters.MaxShrinkCount, parameters.Workers = 3, 6, 0, 1
	result := commands.Prop(&commands.ProtoCommands{
		NewSystemUnderTestFunc: func(commands.State) commands.SystemUnderTest { return home },
		// The lab outlives a sequence: it is mended, not made anew.
		DestroySystemUnderTestFunc: func(commands.SystemUnderTest) {
			for _, f := range failures() {
				must(t, f.mends(context.WithoutCancel(t.Context())))
			}
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
