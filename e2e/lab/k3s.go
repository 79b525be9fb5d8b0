package lab

import (
	"context"
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
)

// startK3s starts the cluster and returns when a pod runs in it. The log line
// that testcontainers waits for comes earlier than that, so more is asked.
func (l *Lab) startK3s(ctx context.Context) error {
	files, err := l.saveImages(ctx, "pause", "external-secrets", imageOwn)
	if err != nil {
		return err
	}
	manifests, err := l.operatorManifests(ctx)
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
	kubernetesPort[exporterNodePort+"/tcp"] = exporterPort
	options := append(l.options(part{alias: aliasK3s, files: append(files, manifests...), ports: kubernetesPort}),
		testcontainers.WithCmdArgs(append(l.kubernetesNames(),
			"--disable=coredns,metrics-server,servicelb,local-storage",
			// K3s would pull its own.
			"--pause-image="+l.images["pause"],
		)...),
		testcontainers.WithWaitStrategyAndDeadline(k3sTimeout, wait.ForLog(k3sReadyLog).AsRegexp().WithStartupTimeout(k3sTimeout)),
	)
	started, err := k3s.Run(ctx, l.images["k3s"], options...)
	if err != nil {
		return fmt.Errorf("running container %q: %w", l.containerName(aliasK3s), err)
	}
	l.k3s = started.GetContainerID()
	err = errors.Join(l.keepServicesInside(ctx), l.keepKubeconfig(ctx, started), forget(files))
	if err != nil {
		return err
	}
	for _, ready := range [][]string{
		{"get", "--raw=/readyz"},
		{"get", "serviceaccount", "default"},
		{"--namespace=external-secrets", "rollout", "status", "deployment/external-secrets", "--timeout=60s"},
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

// kubernetesNames are those that the API's certificate has to be for.
func (l *Lab) kubernetesNames() []string {
	names := []string{"--tls-san=" + aliasK3s}
	for _, lane := range l.everyLane()[1:] {
		names = append(names, "--tls-san="+laneAddress(lane, laneKubernetes))
	}
	return names
}

// keepServicesInside drops what pods send to a Service that is not there yet:
// it would leave the machine, and a stranger could answer.
func (l *Lab) keepServicesInside(ctx context.Context) error {
	ended, err := l.engine.exec(ctx, l.k3s, "", "ip", "route", "replace", "blackhole", serviceNetwork)
	if err == nil && ended.code != 0 {
		err = fmt.Errorf("keeping %q inside: got exit code %d: %s", serviceNetwork, ended.code, ended.stderr)
	}
	return err
}

// keepKubeconfig keeps the administrator's access, also for whoever uses the lab.
func (l *Lab) keepKubeconfig(ctx context.Context, started *k3s.K3sContainer) error {
	administrator, err := started.GetKubeConfig(ctx)
	if err != nil {
		return fmt.Errorf("reading the administrator's kubeconfig: %w", err)
	}
	l.cluster, err = newCluster(administrator)
	if err != nil {
		return err
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
