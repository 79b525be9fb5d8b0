package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// The overlays of the shipped manifests: with and without a Vault Agent.
const (
	overlayPlain = "lab"
	overlayAgent = "lab-agent"
)

// readyTimeout is for kubectl, which does not end with the harness's context.
const readyTimeout = time.Minute

// prepareNamespace does what the manifests' README asks for before the first
// apply, and makes the account by which the Vaults review tokens.
func (l *Lab) prepareNamespace(ctx context.Context) error {
	files, err := l.manifestFiles()
	if err != nil {
		return err
	}
	// The folders belong to whom the pods run as.
	files = append(files, file{path: backupFolder + "/.keep", owner: nobody}, file{path: coverageFolder + "/.keep", owner: nobody})
	err = l.engine.put(ctx, l.k3s, files...)
	if err != nil {
		return err
	}
	given, err := l.engine.exec(ctx, l.k3s, "", "chown", strconv.Itoa(nobody), backupFolder, coverageFolder)
	if err == nil && given.code != 0 {
		err = fmt.Errorf("giving %q to the pods: got exit code %d: %s", backupFolder, given.code, given.stderr)
	}
	if err != nil {
		return err
	}
	// The Services too, as it takes a moment until their addresses work.
	for _, manifest := range []string{"base/namespace.yaml", "base/vault-reviewer.yaml", overlayPlain + "/lab.yaml"} {
		_, err = l.Kubectl(ctx, "--namespace="+namespace, "apply", "--filename="+deployFolder+"/"+manifest)
		if err != nil {
			return err
		}
	}
	ca := string(l.secrets.certificates.Authority.PEM)
	err = l.store(ctx, "ConfigMap", "vault-ca", map[string]string{"nas.pem": ca, "main.pem": ca})
	if err != nil {
		return err
	}
	err = l.storeDockerCertificates(ctx, false)
	if err != nil {
		return err
	}
	return l.storeFallback(ctx)
}

// store creates or replaces a Secret or ConfigMap.
func (l *Lab) store(ctx context.Context, kind, name string, data map[string]string) error {
	field := "data"
	if kind == "Secret" {
		field = "stringData"
	}
	// As "kubectl apply --server-side --force-conflicts" does.
	path := map[string]string{"Secret": pathSecrets, "ConfigMap": pathConfigMaps}[kind] + name + "?fieldManager=kubectl&force=true"
	return l.ask(ctx, http.MethodPatch, path, "application/apply-patch+yaml", map[string]any{
		"apiVersion": "v1", "kind": kind, "metadata": map[string]string{"name": name, "namespace": namespace}, field: data,
	}, nil)
}

// Apply applies the shipped manifests, as a user does, and returns what kubectl
// says of each object.
func (l *Lab) Apply(ctx context.Context) (string, error) {
	if !l.Shipped() {
		return "", l.applyLane(ctx)
	}
	return l.Kubectl(ctx, "apply", "--kustomize="+deployFolder+"/"+overlayPlain)
}

// startFlow applies the manifests and moves the first token through the flow.
func (l *Lab) startFlow(ctx context.Context) error {
	_, err := l.Apply(ctx)
	if err != nil {
		return err
	}
	err = l.RunBroker(ctx)
	if err != nil {
		return err
	}
	return l.SyncSecret(ctx)
}

// SyncSecret makes External Secrets look now and returns when it has what it
// looks for: after failures it waits longer and longer between its tries, with
// its store and with the Secret.
func (l *Lab) SyncSecret(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	var asked time.Time
	began := time.Now().Truncate(time.Second) // as Kubernetes notes times
	return until(ctx, "the ExternalSecret to be refreshed", func(ctx context.Context) error {
		if time.Since(asked) > time.Second {
			asked = time.Now()
			touch := map[string]any{"metadata": map[string]any{"annotations": map[string]string{"external-secrets.io/force-sync": newID()}}}
			err := errors.Join(l.Merge(ctx, l.pathSecretStore(), touch), l.Merge(ctx, l.PathExternalSecret(), touch))
			if err != nil {
				return err
			}
		}
		external, err := l.external(ctx)
		if err == nil && (!external.ready() || external.RefreshTime.Before(began)) {
			err = fmt.Errorf("got it ready %t, refreshed at %s", external.ready(), external.RefreshTime.Format(time.RFC3339))
		}
		return err
	})
}

// external is the ExternalSecret's state.
type external struct {
	Conditions  []condition
	RefreshTime time.Time
}

type condition struct{ Type, Status string }

func (l *Lab) external(ctx context.Context) (external, error) {
	var object struct{ Status external }
	err := l.ask(ctx, http.MethodGet, l.PathExternalSecret(), "", nil, &object)
	return object.Status, err
}

func (e external) ready() bool {
	return slices.Contains(e.Conditions, condition{"Ready", "True"})
}

// DeleteSecret takes the token from whoever asks for it, until External Secrets
// can make the Secret again.
func (l *Lab) DeleteSecret(ctx context.Context) error {
	return l.Delete(ctx, l.PathSecret())
}

// poke makes the kubelet look at an application's pods now: it notices changed
// volumes and created Secrets at its next look, which can be a minute away.
func (l *Lab) poke(ctx context.Context, application string) error {
	pods, err := l.pods(ctx, application)
	for _, pod := range pods {
		err = errors.Join(err, l.Merge(ctx, pathPods+pod.Name, map[string]any{"metadata": map[string]any{"annotations": map[string]string{"lab/poked": newID()}}}))
	}
	return err
}
