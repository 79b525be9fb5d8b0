package lab

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"homelab.io/vault-health-exporter/e2e/images"
)

//go:embed external-secrets.yaml
var operatorManifest string

var operatorTemplate = template.Must(template.New("external-secrets.yaml").Parse(operatorManifest))

// usedDefinitions are the resources of External Secrets that the flow uses.
// The others would cost the API server seconds.
var usedDefinitions = []string{
	"externalsecrets.external-secrets.io",
	"secretstores.external-secrets.io",
	// Read at every refresh, although the flow has no generators.
	"generatorstates.generators.external-secrets.io",
}

// operatorManifests are the operator and its resources, which the flow's
// manifests rely on. K3s applies them by itself while it starts.
func (l *Lab) operatorManifests(ctx context.Context) ([]file, error) {
	definitions, err := images.ExternalSecretsCRDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("finding the resource definitions of External Secrets: %w", err)
	}
	var operator [][]byte
	for _, definition := range definitions {
		if slices.ContainsFunc(usedDefinitions, func(name string) bool {
			return bytes.Contains(definition, []byte("\n  name: "+name+"\n"))
		}) {
			operator = append(operator, definition)
		}
	}
	if len(operator) != len(usedDefinitions) {
		return nil, fmt.Errorf("finding the resource definitions %q: got %d", strings.Join(usedDefinitions, ", "), len(operator))
	}
	var deployment bytes.Buffer
	err = operatorTemplate.Execute(&deployment, l.images["external-secrets"])
	if err != nil {
		return nil, fmt.Errorf("filling in the manifest of External Secrets: %w", err)
	}
	// In one file and in this order: the operator ends where it finds no definitions.
	return []file{{
		path: "/var/lib/rancher/k3s/server/manifests/external-secrets.yaml",
		data: bytes.Join(append(operator, deployment.Bytes()), []byte("\n---\n")),
	}}, nil
}
