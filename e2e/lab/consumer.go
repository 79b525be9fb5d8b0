package lab

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const applicationConsumer = "sample-consumer"

// startConsumer waits for the sample application, which cannot start before the
// Secret is there.
func (l *Lab) startConsumer(ctx context.Context) error {
	err := l.poke(ctx, applicationConsumer)
	if err != nil {
		return err
	}
	return l.rolledOut(ctx, applicationConsumer)
}

// ConsumerCheck asks the sample application whether the token that it started
// with authenticates at the NAS Vault. The answer is "ok" or a reason of the
// exporter's closed set. Direct goes around the link that a scenario can cut,
// which tells whether the token still works.
func (l *Lab) ConsumerCheck(ctx context.Context, direct bool) (string, error) {
	command := []string{"/bin/program", "check"}
	if direct {
		command = append(command, "-direct")
	}
	pod, err := l.podNamed(ctx, applicationConsumer)
	if err != nil {
		return "", err
	}
	ended, err := l.inPod(ctx, pod, command...)
	answer := strings.TrimSpace(ended.stdout)
	// The program also ends with an error for an answer other than "ok".
	if err == nil && answer == "" {
		err = fmt.Errorf("asking the consumer: got exit code %d: %s", ended.code, ended.stderr)
	}
	return answer, err
}

// RestartConsumer makes the sample application take its token anew.
func (l *Lab) RestartConsumer(ctx context.Context) error {
	restarted := map[string]string{"kubectl.kubernetes.io/restartedAt": time.Now().Format(time.RFC3339Nano)}
	err := l.Merge(ctx, pathDeployments+applicationConsumer, map[string]any{
		"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{"annotations": restarted}}},
	})
	if err != nil {
		return err
	}
	return l.rolledOut(ctx, applicationConsumer)
}
