package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// cluster is the Kubernetes API on its published address, for what is asked so
// often that a process of kubectl each time would slow the lab down.
type cluster struct {
	server string
	client *http.Client
	config *rest.Config
}

func newCluster(kubeconfig []byte) (cluster, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		return cluster{}, fmt.Errorf("reading the administrator's kubeconfig: %w", err)
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return cluster{}, fmt.Errorf("making a client of Kubernetes: %w", err)
	}
	return cluster{server: config.Host, client: client, config: config}, nil
}

// Object reads one object of the integration's namespace into out, or a list
// where the name is a query. The group is "api/v1" or "apis/GROUP/VERSION".
func (l *Lab) Object(ctx context.Context, group, resource, name string, out any) error {
	path := fmt.Sprintf("/%s/namespaces/%s/%s/%s", group, namespace, resource, name)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.cluster.server+path, nil)
	if err != nil {
		return err
	}
	response, err := l.cluster.client.Do(request)
	if err != nil {
		return fmt.Errorf("getting %q: %w", path, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("getting %q: got status %d", path, response.StatusCode)
	}
	err = json.NewDecoder(response.Body).Decode(out)
	if err != nil {
		return fmt.Errorf("getting %q: %w", path, err)
	}
	return nil
}

// Secret returns what a Secret of the integration's namespace holds.
func (l *Lab) Secret(ctx context.Context, name string) (map[string][]byte, error) {
	var secret struct{ Data map[string][]byte }
	err := l.Object(ctx, "api/v1", "secrets", name, &secret)
	return secret.Data, err
}
