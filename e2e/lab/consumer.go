package lab

import (
	"context"
	"strings"
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
	command := []string{"--namespace=" + namespace, "exec", "deployment/" + applicationConsumer, "--", "/bin/program", "check"}
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
	_, err := l.Kubectl(ctx, "--namespace="+namespace, "rollout", "restart", "deployment/"+applicationConsumer)
	if err != nil {
		return err
	}
	return l.rolledOut(ctx, applicationConsumer)
}
