package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// clusterReports are what is asked of Kubernetes beside the containers' logs.
var clusterReports = map[string][]string{
	"pods":             {"get", "pods", "--all-namespaces", "--output=wide"},
	"events":           {"get", "events", "--all-namespaces", "--sort-by=.lastTimestamp"},
	"external-secret":  {"--namespace=" + namespace, "describe", "externalsecret,secretstore"},
	"external-secrets": {"--namespace=external-secrets", "logs", "deployment/external-secrets", "--tail=500"},
	"consumer":         {"--namespace=" + namespace, "logs", "deployment/" + applicationConsumer, "--tail=500"},
	"exporter":         {"--namespace=" + namespace, "logs", "deployment/" + applicationExporter, "--tail=500"},
	"broker":           {"--namespace=" + namespace, "logs", "--selector=app=" + CronBroker, "--tail=200", "--prefix"},
	"candidates":       {"--namespace=" + candidates, "logs", "--selector=app=" + applicationExporter, "--tail=500", "--prefix"},
	"jobs":             {"--namespace=" + namespace, "describe", "cronjobs,jobs,pods"},
}

// Logs writes the log of every container and the state of the cluster into a
// folder, as much of it as there is.
func (l *Lab) Logs(ctx context.Context, folder string) error {
	err := os.MkdirAll(folder, 0o700)
	if err != nil {
		return fmt.Errorf("making the folder for logs: %w", err)
	}
	found, err := l.engine.docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: owned(l.id)})
	if err != nil {
		return fmt.Errorf("listing the lab's containers: %w", err)
	}
	var failures []error
	for _, c := range found.Items {
		name := strings.TrimSuffix(strings.TrimPrefix(c.Names[0], "/"), "-"+l.id)
		failures = append(failures, l.containerLog(ctx, c.ID, filepath.Join(folder, name+".log")))
	}
	if l.k3s == "" {
		return errors.Join(failures...)
	}
	for name, arguments := range clusterReports {
		// What kubectl says instead is worth reading too.
		printed, err := l.Kubectl(ctx, arguments...)
		if err != nil {
			printed += err.Error() + "\n"
		}
		failures = append(failures, os.WriteFile(filepath.Join(folder, "kubernetes-"+name+".txt"), []byte(printed), 0o600))
	}
	return errors.Join(failures...)
}

func (l *Lab) containerLog(ctx context.Context, id, path string) error {
	log, err := l.engine.docker.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true})
	if err != nil {
		return fmt.Errorf("reading the log for %q: %w", path, err)
	}
	defer log.Close()
	target, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = stdcopy.StdCopy(target, target, log)
	return errors.Join(err, target.Close())
}
