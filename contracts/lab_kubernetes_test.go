//go:build pact && e2e

package contracts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"homelab.io/vault-health-exporter/contracts"
)

// The administrator's paths to the objects of the flow.
const (
	inNamespace  = "/api/v1/namespaces/nas-integration/"
	batch        = "/apis/batch/v1/namespaces/nas-integration/"
	secretObject = inNamespace + "secrets/nas-vault-token"
	eventObject  = inNamespace + "events/nas-token-broker.tokenupdated"
	cronObject   = batch + "cronjobs/nas-token-broker"
	external     = "/apis/external-secrets.io/v1/namespaces/nas-integration/externalsecrets/nas-vault-token"
	operator     = "/apis/apps/v1/namespaces/external-secrets/deployments/external-secrets"
)

// brokerObjects are what the broker needs in the cluster and the lab does not
// bring: its ServiceAccount and its role.
var brokerObjects = []struct {
	path   string
	object map[string]any
}{
	{inNamespace + "serviceaccounts", map[string]any{"metadata": map[string]any{"name": contracts.Broker}}},
	{"/apis/rbac.authorization.k8s.io/v1/namespaces/nas-integration/roles", map[string]any{
		"metadata": map[string]any{"name": "contract-broker"},
		"rules": []any{
			map[string]any{"apiGroups": []any{""}, "resources": []any{"secrets"}, "resourceNames": []any{"nas-vault-token"}, "verbs": []any{"get", "patch"}},
			map[string]any{"apiGroups": []any{""}, "resources": []any{"events"}, "verbs": []any{"create", "get", "patch"}},
		},
	}},
	{"/apis/rbac.authorization.k8s.io/v1/namespaces/nas-integration/rolebindings", map[string]any{
		"metadata": map[string]any{"name": "contract-broker"},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "contract-broker"},
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": contracts.Broker, "namespace": "nas-integration"}},
	}},
}

func (h *labHome) prepareKubernetes(ctx context.Context) error {
	for _, o := range brokerObjects {
		err := h.kube.call(ctx, http.MethodPost, o.path, o.object, nil)
		if err != nil && !refusedWith(err, http.StatusConflict) {
			return err
		}
	}
	return h.runBroker(ctx)
}

func refusedWith(err error, status int) bool {
	var refusal *statusError
	return errors.As(err, &refusal) && refusal.status == status
}

// runBroker makes the CronJob, unless it is there, and one Job of it that
// succeeds: the operator's image can print its own help.
func (h *labHome) runBroker(ctx context.Context) error {
	var deployment struct {
		Spec struct {
			Template struct {
				Spec struct{ Containers []struct{ Image string } }
			}
		}
	}
	if err := h.kube.call(ctx, http.MethodGet, operator, nil, &deployment); err != nil {
		return err
	}
	image := deployment.Spec.Template.Spec.Containers[0].Image
	cron := map[string]any{
		"metadata": map[string]any{"name": contracts.Broker},
		"spec":     map[string]any{"schedule": "0 0 1 1 *", "suspend": false, "jobTemplate": map[string]any{"spec": jobSpec(image, "--help")}},
	}
	err := h.kube.call(ctx, http.MethodPost, batch+"cronjobs", cron, nil)
	if err != nil && !refusedWith(err, http.StatusConflict) {
		return err
	}
	if err := h.runJob(ctx, "contract-success", image, "--help"); err != nil {
		return err
	}
	return until(ctx, func() error {
		var found struct {
			Status struct{ LastSuccessfulTime string }
		}
		err := h.kube.call(ctx, http.MethodGet, cronObject, nil, &found)
		if err == nil && found.Status.LastSuccessfulTime == "" {
			err = errors.New("got a CronJob without a success")
		}
		return err
	})
}

func jobSpec(image, argument string) map[string]any {
	return map[string]any{"backoffLimit": 0, "template": map[string]any{"spec": map[string]any{
		"restartPolicy": "Never", "automountServiceAccountToken": false,
		// The namespace takes no other pods.
		"securityContext": map[string]any{"runAsNonRoot": true, "runAsUser": 65534, "seccompProfile": map[string]any{"type": "RuntimeDefault"}},
		"containers": []any{map[string]any{
			"name": "broker", "image": image, "imagePullPolicy": "Never", "args": []any{argument},
			"securityContext": map[string]any{"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}}},
		}},
	}}}
}

// runJob runs a Job of the CronJob to its end.
func (h *labHome) runJob(ctx context.Context, name, image, argument string) error {
	var cron struct{ Metadata struct{ UID string } }
	if err := h.kube.call(ctx, http.MethodGet, cronObject, nil, &cron); err != nil {
		return err
	}
	err := h.kube.call(ctx, http.MethodPost, batch+"jobs", map[string]any{
		"metadata": map[string]any{"name": name, "ownerReferences": []any{map[string]any{
			"apiVersion": "batch/v1", "kind": "CronJob", "name": contracts.Broker, "uid": cron.Metadata.UID, "controller": true,
		}}},
		"spec": jobSpec(image, argument),
	}, nil)
	if err != nil {
		return err
	}
	return until(ctx, func() error {
		var job struct {
			Status struct{ Conditions []struct{ Type string } }
		}
		if err := h.kube.call(ctx, http.MethodGet, batch+"jobs/"+name, nil, &job); err != nil {
			return err
		}
		for _, c := range job.Status.Conditions {
			if c.Type == "Complete" || c.Type == "Failed" {
				return nil
			}
		}
		return fmt.Errorf("got Job %q not ended", name)
	})
}

// serviceAccountToken makes a token of a ServiceAccount, as a pod would get,
// for Kubernetes itself or for the audiences that are named.
func (h *labHome) serviceAccountToken(ctx context.Context, name string, audiences ...string) (string, error) {
	command := []string{"--namespace=nas-integration", "create", "token", name, "--duration=1h"}
	for _, audience := range audiences {
		command = append(command, "--audience="+audience)
	}
	printed, err := h.lab.Kubectl(ctx, command...)
	return strings.TrimSpace(printed), err
}

// kubernetes puts the flow's objects into a state.
func (h *labHome) kubernetes(ctx context.Context, pair contracts.Pair, state contracts.State) (to access, leave func() error, err error) {
	account := pair.Consumer
	if state == contracts.K8sForbidden {
		account = "nas-vault-store"
	}
	bearer, err := h.serviceAccountToken(ctx, account)
	if err != nil {
		return access{}, nil, err
	}
	if state == contracts.K8sUnauthorized {
		bearer = "example"
	}
	if to, err = anonymously(h.state + "/kubeconfig"); err != nil {
		return to, nil, err
	}
	to.header = map[string]string{"Authorization": "Bearer " + bearer}
	leave, err = h.objects(ctx, state)
	return to, leave, err
}

func (h *labHome) merge(ctx context.Context, path string, patch any) error {
	encoded, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	return h.kube.send(ctx, http.MethodPatch, path, "application/merge-patch+json", encoded, nil)
}
