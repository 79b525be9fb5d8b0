package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/util/exec"
)

// inPod runs a command in a pod. It is done so often that a process of kubectl each
// time, which is the largest there is, would slow the lab down.
func (l *Lab) inPod(ctx context.Context, pod string, command ...string) (executed, error) {
	query := url.Values{"stdout": {"true"}, "stderr": {"true"}, "command": command}
	target, err := url.Parse(l.cluster.server + pathPods + pod + "/exec?" + query.Encode())
	if err != nil {
		return executed{}, err
	}
	run, err := remotecommand.NewWebSocketExecutor(l.cluster.config, http.MethodGet, target.String())
	if err != nil {
		return executed{}, fmt.Errorf("preparing to run %q in pod %q: %w", command[0], pod, err)
	}
	var stdout, stderr bytes.Buffer
	err = run.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &stdout, Stderr: &stderr})
	ended := executed{stdout: stdout.String(), stderr: stderr.String()}
	var failed exec.ExitError
	if errors.As(err, &failed) {
		ended.code, err = failed.ExitStatus(), nil
	}
	if err != nil {
		return executed{}, fmt.Errorf("running %q in pod %q: %w", command[0], pod, err)
	}
	return ended, nil
}

// podNamed is the name of an application's only pod.
func (l *Lab) podNamed(ctx context.Context, application string) (string, error) {
	pods, err := l.pods(ctx, application)
	if err != nil {
		return "", err
	}
	for _, pod := range pods {
		if !pod.Ending && pod.Phase == "Running" {
			return pod.Name, nil
		}
	}
	return "", fmt.Errorf("finding the pod of %q: got none that runs", application)
}
