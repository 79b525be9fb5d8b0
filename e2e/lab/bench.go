package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Bench is a pod like those of a CronJob, with its account, configuration and
// volumes, in which the CronJob's own command can be run again and again: a pod
// for each of many runs would take seconds each.
type Bench struct {
	lab     *Lab
	pod     string
	command []string
}

// NewBench starts the pod.
func (l *Lab) NewBench(ctx context.Context, cronJob string) (*Bench, error) {
	b := &Bench{lab: l, pod: cronJob + "-bench"}
	job, err := l.template(ctx, b.pod, cronJob)
	if err != nil {
		return nil, err
	}
	container, pod, err := podOf(job)
	if err != nil {
		return nil, fmt.Errorf("making a pod of CronJob %q: %w", cronJob, err)
	}
	for _, field := range []string{"command", "args"} {
		words, _ := container[field].([]any)
		for _, word := range words {
			b.command = append(b.command, fmt.Sprint(word))
		}
	}
	container["command"], container["args"] = []any{"/bin/program"}, []any{"serve"}
	pod["metadata"].(map[string]any)["name"] = b.pod
	err = l.ask(ctx, http.MethodPost, strings.TrimSuffix(pathPods, "/"), "application/json", pod, nil)
	if err != nil {
		return nil, err
	}
	_, err = l.Kubectl(ctx, "--namespace="+namespace, "wait", "--for=condition=Ready", "pod/"+b.pod, "--timeout="+readyTimeout.String())
	return b, err
}

// podOf returns the pod that a Job makes, and its only container.
func podOf(job map[string]any) (container, pod map[string]any, err error) {
	spec, _ := job["spec"].(map[string]any)
	made, _ := spec["template"].(map[string]any)
	inside, _ := made["spec"].(map[string]any)
	containers, _ := inside["containers"].([]any)
	if len(containers) != 1 {
		return nil, nil, fmt.Errorf("got %d containers, want 1", len(containers))
	}
	container, ok := containers[0].(map[string]any)
	if !ok {
		return nil, nil, fmt.Errorf("got a container that is a %T", containers[0])
	}
	pod = map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{}, "spec": inside}
	if metadata, ok := made["metadata"].(map[string]any); ok {
		pod["metadata"] = map[string]any{"labels": metadata["labels"]}
	}
	return container, pod, nil
}

// Close removes the pod.
func (b *Bench) Close(ctx context.Context) error {
	_, err := b.lab.Kubectl(ctx, "--namespace="+namespace, "delete", "pod", b.pod, "--grace-period=1")
	return err
}

// Run runs the command to its end and returns its log. A log comes with an error
// too.
func (b *Bench) Run(ctx context.Context) (log string, err error) {
	ended, err := b.exec(ctx, b.command...)
	if err == nil && ended.code != 0 {
		err = fmt.Errorf("running %q: got exit code %d: %s", b.command, ended.code, ended.stderr)
	}
	return ended.stderr, err
}

// RunTwice runs the command twice at the same moment and returns both logs.
func (b *Bench) RunTwice(ctx context.Context) (logs []string, err error) {
	ended, err := b.exec(ctx, append([]string{"/bin/program", "together"}, b.command...)...)
	if err == nil && ended.code != 0 {
		err = fmt.Errorf("running %q twice: got exit code %d: %s", b.command, ended.code, ended.stderr)
	}
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal([]byte(ended.stdout), &logs)
	return logs, err
}

// KillAfter runs the command and kills it with SIGKILL after a time. It reports
// whether it was killed, or was faster.
func (b *Bench) KillAfter(ctx context.Context, after time.Duration) (killed bool, log string, err error) {
	return b.interrupt(ctx, after.String())
}

// KillAfterSteps runs the command and kills it with SIGKILL when it has logged
// the end of as many of its steps.
func (b *Bench) KillAfterSteps(ctx context.Context, steps int) (killed bool, log string, err error) {
	return b.interrupt(ctx, fmt.Sprint(steps))
}

func (b *Bench) interrupt(ctx context.Context, when string) (killed bool, log string, err error) {
	ended, err := b.exec(ctx, append([]string{"/bin/program", "interrupt", when}, b.command...)...)
	if err == nil && ended.code != 0 {
		err = fmt.Errorf("interrupting %q: got exit code %d: %s", b.command, ended.code, ended.stderr)
	}
	return strings.TrimSpace(ended.stdout) == "killed", ended.stderr, err
}

func (b *Bench) exec(ctx context.Context, command ...string) (executed, error) {
	return b.lab.inPod(ctx, b.pod, command...)
}
