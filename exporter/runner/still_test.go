//go:build unix

package runner_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

const stops = "RUNNER_TEST_STOPS"

// TestAProcessThatWasStoppedBlamesNobody: the check that went on meanwhile was a
// timeout of the server, and so was one that began before that had ended.
func TestAProcessThatWasStoppedBlamesNobody(t *testing.T) {
	if os.Getenv(stops) != "" {
		stopWithin(t)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v") // #nosec G204 -- itself
	child.Env = append(os.Environ(), stops+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	defer close(ended)
	var text strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == stops {
			go goOn(child.Process, ended)
		}
		fmt.Fprintln(&text, lines.Text())
	}
	if err := child.Wait(); err != nil {
		t.Errorf("got %v from the process that was stopped:\n%s", err, text.String())
	}
}

// goOn has a process that stops itself go on after a second: again and again, for
// it may not have stopped yet.
func goOn(p *os.Process, ended <-chan struct{}) {
	for {
		select {
		case <-time.After(time.Second):
			_ = p.Signal(syscall.SIGCONT)
		case <-ended:
			return
		}
	}
}

// stopWithin has a process stop itself in the midst of a check, and looks on until
// a slot is good again.
func stopWithin(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stopped atomic.Bool
	var after atomic.Int32
	b := newBenchOf(t, runner.Flow{Name: "qnap", Interval: 600 * time.Millisecond, Timeout: 200 * time.Millisecond, Hops: []hop.Hop{
		{Name: flow.NASVault, Check: func(ctx context.Context) (hop.Reading, error) {
			if stopped.CompareAndSwap(false, true) {
				fmt.Println(stops)
				_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
				<-ctx.Done()
				return hop.Reading{}, reason.From(ctx.Err(), "asking")
			}
			if after.Add(1) == 4 {
				cancel()
			}
			return hop.Reading{}, nil
		}},
		{Name: flow.K8sSecret, Check: passes},
	}})
	b.runner.Run(ctx)
	b.series("nas_hop_failures_total")
	text, err := testutil.GatherAndFormat(b.metrics, expfmt.TypeTextPlain, "nas_flow_slots_total")
	if err != nil || strings.Contains(string(text), `result="good"} 0`) || strings.Contains(string(text), `result="skipped"} 0`) {
		t.Errorf("got %s and error %v, want slots that are good and one that is skipped", text, err)
	}
}
