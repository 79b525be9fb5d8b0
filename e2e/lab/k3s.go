package lab

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/k3s"
	"github.com/testcontainers/testcontainers-go/wait"
)

const (
	namespace        = "nas-integration"
	kubernetesServer = "https://" + aliasK3s + ":6443"
	k3sReadyLog      = ".*Node controller sync successful.*"
	k3sTimeout       = 3 * time.Minute
	jwtLifetime      = "24h"
)

// startK3s starts the cluster and returns when a pod runs in it. The log line
// that testcontainers waits for comes earlier than that, so more is asked.
func (l *Lab) startK3s(ctx context.Context) error {
	files, err := l.saveImages(ctx, "pause", "external-secrets", imageProgram)
	if err != nil {
		return err
	}
	manifests, err := l.clusterManifests(ctx)
	if err != nil {
		return err
	}
	kubernetesPort, _, err := publish("6443/tcp")
	if err != nil {
		return err
	}
	webhookPort, _, err := publish("8443/tcp")
	if err != nil {
		return err
	}
	// The module publishes both ports; without a binding, to every interface.
	kubernetesPort["8443/tcp"] = webhookPort["8443/tcp"]
	options := append(l.options(part{alias: aliasK3s, files: append(files, manifests...), ports: kubernetesPort}),
		testcontainers.WithCmdArgs(
			"--disable=coredns,metrics-server,servicelb,local-storage",
			"--tls-san="+aliasK3s,
			// K3s would pull its own.
			"--pause-image="+l.images["pause"],
		),
		testcontainers.WithWaitStrategyAndDeadline(k3sTimeout, wait.ForLog(k3sReadyLog).AsRegexp().WithStartupTimeout(k3sTimeout)),
	)
	started, err := k3s.Run(ctx, l.images["k3s"], options...)
	if err != nil {
		return fmt.Errorf("running container %q: %w", l.containerName(aliasK3s), err)
	}
	l.k3s = started.GetContainerID()
	err = errors.Join(l.keepKubeconfig(ctx, started), forget(files))
	if err != nil {
		return err
	}
	for _, ready := range [][]string{
		{"get", "--raw=/readyz"},
		{"get", "serviceaccount", "default"},
		{"--namespace=external-secrets", "rollout", "status", "deployment/external-secrets", "--timeout=60s"},
		{"--namespace=" + namespace, "get", "serviceaccount", "vault-reviewer"},
	} {
		err = until(ctx, "kubectl "+strings.Join(ready, " "), func(ctx context.Context) error {
			_, err := l.Kubectl(ctx, ready...)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keepKubeconfig keeps the administrator's access for whoever uses the lab.
func (l *Lab) keepKubeconfig(ctx context.Context, started *k3s.K3sContainer) error {
	administrator, err := started.GetKubeConfig(ctx)
	if err != nil {
		return fmt.Errorf("reading the administrator's kubeconfig: %w", err)
	}
	return l.keep("kubeconfig", string(administrator))
}

// Kubectl runs kubectl inside of the K3s container, as its administrator, and
// returns what it prints.
func (l *Lab) Kubectl(ctx context.Context, arguments ...string) (string, error) {
	return l.kubectl(ctx, "", arguments...)
}

func (l *Lab) kubectl(ctx context.Context, input string, arguments ...string) (string, error) {
	ended, err := l.engine.exec(ctx, l.k3s, input, append([]string{"kubectl"}, arguments...)...)
	if err != nil {
		return "", err
	}
	if ended.code != 0 {
		return ended.stdout, fmt.Errorf("running \"kubectl %s\": got exit code %d: %s", strings.Join(arguments, " "), ended.code, strings.TrimSpace(ended.stderr))
	}
	return ended.stdout, nil
}

// apply creates or changes objects.
func (l *Lab) apply(ctx context.Context, manifest []byte) error {
	_, err := l.kubectl(ctx, string(manifest), "apply", "--server-side", "--filename=-")
	return err
}

// kubernetesCA returns the certificate of the cluster's authority.
func (l *Lab) kubernetesCA(ctx context.Context) ([]byte, error) {
	encoded, err := l.Kubectl(ctx, "config", "view", "--raw", "--output=jsonpath={.clusters[0].cluster.certificate-authority-data}")
	if err != nil {
		return nil, err
	}
	ca, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("decoding the authority of the cluster: %w", err)
	}
	return ca, nil
}

// serviceAccountToken returns a token of a ServiceAccount of the integration.
func (l *Lab) serviceAccountToken(ctx context.Context, name string) (string, error) {
	printed, err := l.Kubectl(ctx, "--namespace="+namespace, "create", "token", name, "--duration="+jwtLifetime)
	return strings.TrimSpace(printed), err
}
