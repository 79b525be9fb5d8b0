package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// secretName is the Secret that applications read.
const secretName = "nas-vault-token"

// storeName is what External Secrets reads it from.
const storeName = "nas-vault-store"

// The paths of what the scenarios change in Kubernetes.
const (
	pathPods            = "/api/v1/namespaces/" + namespace + "/pods/"
	pathDeployments     = "/apis/apps/v1/namespaces/" + namespace + "/deployments/"
	pathSecrets         = "/api/v1/namespaces/" + namespace + "/secrets/"
	pathConfigMaps      = "/api/v1/namespaces/" + namespace + "/configmaps/"
	pathCronJobs        = "/apis/batch/v1/namespaces/" + namespace + "/cronjobs/"
	pathExternalSecrets = "/apis/external-secrets.io/v1/namespaces/" + namespace + "/externalsecrets/"
	pathSecretStores    = "/apis/external-secrets.io/v1/namespaces/" + namespace + "/secretstores/"
	pathRoles           = "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/roles/"
	pathRoleBindings    = "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/rolebindings/"

	pathJobs         = "/apis/batch/v1/namespaces/" + namespace + "/jobs"
	pathOperator     = "/apis/apps/v1/namespaces/external-secrets/deployments/external-secrets"
	pathOperatorPods = "/api/v1/namespaces/external-secrets/pods"
)

// PathSecret is the path of the Secret that applications read.
func (l *Lab) PathSecret() string { return pathSecrets + l.own(secretName) }

// PathCronJob is the broker's.
func (l *Lab) PathCronJob() string { return pathCronJobs + l.own(CronBroker) }

// PathExternalSecret is the path of what makes the Secret.
func (l *Lab) PathExternalSecret() string { return pathExternalSecrets + l.own(secretName) }

// PathRoleBinding is the path of the exporter's rights to read the flow.
func (l *Lab) PathRoleBinding() string { return pathRoleBindings + l.own(applicationExporter) }

func (l *Lab) pathSecretStore() string { return pathSecretStores + l.own(storeName) }

// Merge changes an object by a merge patch.
func (l *Lab) Merge(ctx context.Context, path string, patch any) error {
	return l.ask(ctx, http.MethodPatch, path, "application/merge-patch+json", patch, nil)
}

// Delete deletes an object, or a collection; one that is gone is deleted.
func (l *Lab) Delete(ctx context.Context, path string) error {
	err := l.ask(ctx, http.MethodDelete, path, "application/json", nil, nil)
	var refused statusError
	if errors.As(err, &refused) && refused.status == http.StatusNotFound {
		return nil
	}
	return err
}

// statusError is an answer of Kubernetes that is no success.
type statusError struct {
	method, path string
	status       int
}

func (e statusError) Error() string {
	return fmt.Sprintf("asking Kubernetes for %s %q: got status %d", e.method, e.path, e.status)
}

// read copies what the Kubernetes API answers that is no object.
func (l *Lab) read(ctx context.Context, path string, to io.Writer) error {
	return l.request(ctx, http.MethodGet, path, "", nil, func(body io.Reader) error {
		_, err := io.Copy(to, body)
		return err
	})
}

// ask makes one request of the Kubernetes API, as its administrator.
func (l *Lab) ask(ctx context.Context, method, path, kind string, in, out any) error {
	return l.request(ctx, method, path, kind, in, func(body io.Reader) error {
		if out == nil {
			_, err := io.Copy(io.Discard, body) // so that the connection can be used again
			return err
		}
		return json.NewDecoder(body).Decode(out)
	})
}

func (l *Lab) request(ctx context.Context, method, path, kind string, in any, decode func(io.Reader) error) error {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, l.cluster.server+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", kind)
	response, err := l.cluster.client.Do(request)
	if err != nil {
		return fmt.Errorf("asking Kubernetes for %s %q: %w", method, path, err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		return statusError{method, path, response.StatusCode}
	}
	return decode(response.Body)
}

// Operators sets how many External Secrets operators run, and returns when they
// do.
func (l *Lab) Operators(ctx context.Context, n int) error {
	err := l.Merge(ctx, pathOperator, map[string]any{"spec": map[string]any{"replicas": n}})
	if err != nil {
		return err
	}
	return until(ctx, fmt.Sprintf("%d operators of External Secrets", n), func(ctx context.Context) error {
		var pods struct{ Items []struct{} }
		err := l.ask(ctx, http.MethodGet, pathOperatorPods, "", nil, &pods)
		var deployment struct{ Status struct{ ReadyReplicas int } }
		if err == nil {
			err = l.ask(ctx, http.MethodGet, pathOperator, "", nil, &deployment)
		}
		if ready := deployment.Status.ReadyReplicas; err == nil && (len(pods.Items) != n || ready != n) {
			err = fmt.Errorf("got %d pods, %d ready, want %d", len(pods.Items), ready, n)
		}
		return err
	})
}

// elsewhere is a class of controllers that there is none of.
const elsewhere = "elsewhere"

// inFlight is for a refresh of an ExternalSecret that has begun to end.
const inFlight = 2 * time.Second

// Neglect has nobody look after the flow's ExternalSecret any more, which stays as
// it is: for the shipped flow External Secrets is stopped, and that a lane's store
// is another operator's says the same of the lane alone. A refresh that goes on in
// that moment may fail, and nobody would take that back: then it is done again.
func (l *Lab) Neglect(ctx context.Context) error {
	if l.Shipped() {
		return l.Operators(ctx, 0)
	}
	for {
		err := l.Merge(ctx, l.pathSecretStore(), map[string]any{"spec": map[string]any{"controller": elsewhere}})
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(inFlight):
		}
		external, err := l.external(ctx)
		if err != nil || external.ready() {
			return err
		}
		// A refresh had read one key, and was refused the store for the next.
		err = l.Attend(ctx)
		if err == nil {
			err = l.SyncSecret(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// Attend undoes Neglect.
func (l *Lab) Attend(ctx context.Context) error {
	if l.Shipped() {
		return l.Operators(ctx, 1)
	}
	return l.Merge(ctx, l.pathSecretStore(), map[string]any{"spec": map[string]any{"controller": nil}})
}

// RestartOperator lets Kubernetes start External Secrets anew.
func (l *Lab) RestartOperator(ctx context.Context) error {
	return l.Delete(ctx, pathOperatorPods)
}
