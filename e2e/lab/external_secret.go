package lab

import (
	"context"
	"time"
)

// readyTimeout is for kubectl, which does not end with the harness's context.
const readyTimeout = time.Minute

// startExternalSecret lets External Secrets make the Secret of applications.
func (l *Lab) startExternalSecret(ctx context.Context) error {
	manifest, err := l.manifest("external-secret.yaml")
	if err != nil {
		return err
	}
	err = l.apply(ctx, manifest)
	if err != nil {
		return err
	}
	_, err = l.Kubectl(ctx, "--namespace="+namespace, "wait", "--for=condition=Ready", "externalsecret/nas-vault-token", "--timeout="+readyTimeout.String())
	return err
}
