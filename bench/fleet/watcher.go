package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"homelab.io/vault-health-exporter/bench/process"
)

// watcher is an exporter that watches the flows.
type watcher struct {
	name, address string
	spans         *collector // gets its traces; nil without
	cmd           *exec.Cmd
}

func (w *watcher) start(ctx context.Context, program, flows string) error {
	w.cmd = exec.CommandContext(ctx, program, "--config.file="+flows, "--web.listen-address="+w.address, "--log.level=error") // #nosec G204 -- named by who runs this
	w.cmd.Stderr = os.Stderr
	if w.spans != nil {
		w.cmd.Env = append(os.Environ(), "OTEL_EXPORTER_OTLP_ENDPOINT="+w.spans.URL)
	}
	return w.cmd.Start()
}

func (w *watcher) end() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
}

// taken is what an exporter has used and counted since its start.
type taken struct {
	seen
	cpu   time.Duration
	spans int64
}

func (w *watcher) taken(ctx context.Context) (t taken, err error) {
	if t.seen, err = read(ctx, w.address); err != nil {
		return t, err
	}
	if w.spans != nil {
		t.spans = w.spans.got.Load()
	}
	t.cpu, err = process.Time(w.cmd.Process.Pid)
	return t, err
}

// measure prints what the exporters take for a while, all at the same time.
func measure(ctx context.Context, s settings, watchers []*watcher) error {
	before := make([]taken, len(watchers))
	began := time.Now()
	for i, w := range watchers {
		var err error
		if before[i], err = w.taken(ctx); err != nil {
			return err
		}
	}
	if err := process.Sleep(ctx, s.length); err != nil {
		return err
	}
	lasted := time.Since(began)
	what := "every hop"
	if s.one {
		what = "one hop"
	}
	fmt.Printf("%d flows, %s, each %s, connections %s, for %s\n", s.flows, what, s.interval, s.connections, lasted.Round(time.Second))
	var first float64
	for i, w := range watchers {
		after, err := w.taken(ctx)
		if err != nil {
			return err
		}
		resident, err := process.Resident(w.cmd.Process.Pid)
		if err != nil {
			return err
		}
		each := (after.cpu - before[i].cpu).Seconds() * 1000 / (after.checks - before[i].checks)
		fmt.Printf("\n%s\n%s", w.name, after.since(before[i].seen))
		fmt.Printf("processor time   %.2f of a core, %.2f ms a check\n", (after.cpu-before[i].cpu).Seconds()/lasted.Seconds(), each)
		fmt.Printf("resident memory  %d MiB\n", resident>>20)
		if w.spans != nil {
			fmt.Printf("spans            %d received\n", after.spans-before[i].spans)
		}
		if first == 0 {
			first = each
			continue
		}
		fmt.Printf("a check takes    %.3f times the processor time of the first\n", each/first)
	}
	return nil
}
