package lab

import (
	"context"
	"strings"
)

const consumer = "deployment/consumer"

// startConsumer starts the sample application, which cannot start before the
// Secret is there.
func (l *Lab) startConsumer(ctx context.Context) error {
	manifest, err := l.manifest("consumer.yaml")
	if err != nil {
		return err
	}
	err = l.apply(ctx, manifest)
	if err != nil {
		return err
	}
	return l.consumerRuns(ctx)
}

func (l *Lab) consumerRuns(ctx context.Context) error {
	_, err := l.Kubectl(ctx, "--namespace="+namespace, "rollout", "status", consumer, "--timeout="+readyTimeout.String())
	return err
}

// ConsumerCheck asks the sample application whether the token that it started
// with authenticates at the NAS Vault. The answer is "ok" or a reason of the
// exporter's closed set. Direct goes around the link that a scenario can cut,
// which tells whether the token still works.
func (l *Lab) ConsumerCheck(ctx context.Context, direct bool) (string, error) {
	command := []string{"--namespace=" + namespace, "exec", consumer, "--", "/" + imageProgram, "check"}
	if direct {
		command = append(command, "-direct")
	}
	printed, err := l.Kubectl(ctx, command...)
	answer := strings.TrimSpace(printed)
	if answer != "" {
		// The program also ends with an error for an answer other than "ok".
		return answer, nil
	}
	return "", err
}

// RestartConsumer makes the sample application take its token anew.
func (l *Lab) RestartConsumer(ctx context.Context) error {
	_, err := l.Kubectl(ctx, "--namespace="+namespace, "rollout", "restart", consumer)
	if err != nil {
		return err
	}
	return l.consumerRuns(ctx)
}
