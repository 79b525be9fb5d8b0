package lab

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// candidates is the namespace of the Candidates.
const candidates = "candidates"

// discoveryInterval is the candidates' time from one list of ConfigMaps to the next,
// the least that there can be.
const discoveryInterval = "10s"

//go:embed candidates/*.yaml
var candidateFiles embed.FS

var candidateTemplates = template.Must(template.New("").ParseFS(candidateFiles, "candidates/*.yaml"))

// Candidates are two exporters of which one checks: the shipped Deployment with the
// components leader-election and discovery, in a namespace of their own. Nobody else
// looks at them, and they look at none of the lab's flows.
type Candidates struct{ lab *Lab }

// StartCandidates applies the manifests and returns when both run. What a run that
// failed has left of them is removed before.
func (l *Lab) StartCandidates(ctx context.Context) (Candidates, error) {
	c := Candidates{l}
	err := c.Remove(ctx)
	if err != nil {
		return c, err
	}
	files, err := l.candidateManifests()
	if err != nil {
		return c, err
	}
	err = l.engine.put(ctx, l.k3s, files...)
	if err != nil {
		return c, err
	}
	_, err = l.Kubectl(ctx, "apply", "--kustomize="+deployFolder+"/"+candidates)
	if err != nil {
		return c, err
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return c, until(ctx, "two candidates", func(ctx context.Context) error {
		running, err := c.Running(ctx)
		if err == nil && len(running) != 2 {
			err = fmt.Errorf("got %d that run", len(running))
		}
		return err
	})
}

// candidateManifests are the overlay, with copies of what it takes of the base, which
// is no folder that could be named.
func (l *Lab) candidateManifests() ([]file, error) {
	const folder = deployFolder + "/" + candidates + "/"
	// A string of JSON is one of YAML.
	authority, err := json.Marshal(string(l.secrets.certificates.Authority.PEM))
	if err != nil {
		return nil, err
	}
	files, err := filledIn(candidateTemplates, folder, map[string]any{
		"Candidates": candidates, "Own": split(l.images[imageOwn]), "MainVault": serviceMainVault, "Authority": string(authority),
	})
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"namespace.yaml", "automation-config.yaml", "exporter/rbac.yaml", "exporter/deployment.yaml", "exporter/service.yaml", "exporter/vault-health-exporter.yaml"} {
		content, err := os.ReadFile(filepath.Join(l.shipped, "base", name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{path: folder + "composition/" + name, data: content})
	}
	discovery := configuration{source: "components/discovery/discovery.yaml", changes: []string{"interval: 1m", "interval: " + discoveryInterval}}
	adapted, err := discovery.adapted(l.shipped)
	return append(files, file{path: folder + "discovery.yaml", data: adapted}), err
}

// Remove removes them and returns when nothing of them is left.
func (c Candidates) Remove(ctx context.Context) error {
	const path = "/api/v1/namespaces/" + candidates
	err := errors.Join(c.AnswerAPI(ctx), c.lab.Delete(ctx, path))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return until(ctx, "the candidates to be gone", func(ctx context.Context) error {
		err := c.lab.ask(ctx, http.MethodGet, path, "", nil, nil)
		var refused statusError
		if errors.As(err, &refused) && refused.status == http.StatusNotFound {
			return nil
		}
		return errors.Join(errors.New("got the namespace"), err)
	})
}

// The files of an authority that the candidates have: what is lent to the flows of
// ConfigMaps, and what is not.
const (
	CandidateLent = "/etc/flow-files/ca.pem"
	CandidateOwn  = "/etc/vault-ca/main.pem"
)

// Watching is the configuration of a flow with one hop, in slots of a second: the main
// Vault, as that of a side.
func (c Candidates) Watching(side, authority string) string {
	return fmt.Sprintf("flows:\n- interval: 1s\n  timeout: 800ms\n  %s: {vault: {address: %q, tls: {ca_file: %s}}}\n", side, serviceURL(serviceMainVault), authority)
}

// Discover makes or changes the ConfigMap of a flow.
func (c Candidates) Discover(ctx context.Context, flow, configuration string) error {
	// As "kubectl apply --server-side" does.
	return c.lab.ask(ctx, http.MethodPatch, c.configMap(flow)+"?fieldManager=kubectl&force=true", "application/apply-patch+yaml", map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]string{"flow.yaml": configuration},
		"metadata": map[string]any{"name": flow, "namespace": candidates, "labels": map[string]string{"vault-health-exporter.homelab.io/flow": "true"}},
	}, nil)
}

// Forget deletes the ConfigMap of a flow.
func (c Candidates) Forget(ctx context.Context, flow string) error {
	return c.lab.Delete(ctx, c.configMap(flow))
}

func (c Candidates) configMap(name string) string {
	return strings.Replace(pathConfigMaps, namespace, candidates, 1) + name
}

// Allowed asks Kubernetes whether their ServiceAccount may make a call where they are.
func (c Candidates) Allowed(ctx context.Context, call string) (bool, error) {
	return c.lab.allowed(ctx, candidates, applicationExporter, candidates, call)
}
