//go:build e2e

// Package e2e proves, on the lab's real components, that the flow holds and
// that the exporter sees, names and times what breaks it.
package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// home is the one lab that all scenarios share; each leaves it as it found it.
var home *lab.Lab

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

// run runs the scenarios on the lab that is up, or on one of its own, which it
// removes whatever happened, also after an interrupt.
func run(m *testing.M) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	flow, err := evidence.Begin(ctx, repository, gate.SuiteFlow)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	home, err = lab.Attach(ctx)
	own := errors.Is(err, lab.ErrNone)
	if own {
		home, err = lab.Start(ctx, lab.Options{Out: os.Stdout, Logs: logs, Lanes: drill.Lanes})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		err := leave(context.WithoutCancel(ctx), own, code != 0)
		if err == nil && code == 0 {
			err = keepMeasured(context.WithoutCancel(ctx), flow)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	measure("whole_flow", home.Served().Seconds())
	// Nothing tells a scenario that goes on.
	going := context.AfterFunc(ctx, func() {
		stop() // a second interrupt ends the process at once
		fmt.Fprintln(os.Stderr, errors.Join(errors.New("interrupted"), leave(context.WithoutCancel(ctx), own, false)))
		os.Exit(1)
	})
	defer func() {
		if !going() {
			select {} // it ends the process, once the lab is gone
		}
	}()
	return m.Run()
}

// logs gets the logs of the lab where something failed.
const logs = "results/lab-logs"

// leave ends what goes on, and removes the lab if it is ours: what is left behind
// is an error.
func leave(ctx context.Context, own, failed bool) error {
	if drills != nil {
		drills.Stop() // where a test ended the run
	}
	if candidates.stop != nil {
		candidates.stop() // likewise
	}
	if machine.Cmd != nil && machine.ProcessState == nil {
		_ = machine.Process.Kill() // likewise
	}
	var err error
	if failed {
		err = home.Logs(ctx, logs)
	}
	if !own {
		return err
	}
	err = errors.Join(err, home.Close(ctx))
	left, leftErr := home.Leftovers(ctx)
	if len(left) > 0 {
		leftErr = errors.Join(leftErr, fmt.Errorf("removing the lab: %q is left behind", left))
	}
	return errors.Join(err, leftErr)
}
