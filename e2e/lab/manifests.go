package lab

import (
	"bytes"
	"context"
	"embed"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"homelab.io/vault-health-exporter/e2e/images"
)

// The addresses of Services, at which pods reach what is outside of the
// cluster. They are from the part of the range that Kubernetes hands out last.
const (
	serviceMainVault      = "10.43.0.100"
	serviceNASVault       = "10.43.0.101"
	serviceNASVaultDirect = "10.43.0.102"
)

//go:embed manifests/*.yaml
var manifestFiles embed.FS

var manifestTemplates = template.Must(template.New("").
	Funcs(template.FuncMap{"base64": func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }}).
	ParseFS(manifestFiles, "manifests/*.yaml"))

// endpoint is a Service without pods behind it.
type endpoint struct {
	Name      string
	ClusterIP string
	Address   string
	Port      int
}

// manifest fills in one of the manifests.
func (l *Lab) manifest(name string) ([]byte, error) {
	var filled bytes.Buffer
	err := manifestTemplates.ExecuteTemplate(&filled, name, map[string]any{
		"Images": l.images,
		"CA":     string(l.secrets.certificates.authority.pem),
		"Endpoints": []endpoint{
			{"main-vault", serviceMainVault, l.network.address(aliasMainVault).String(), 8200},
			{"nas-vault", serviceNASVault, l.network.address(aliasToxiproxy).String(), appsPort},
			{"nas-vault-direct", serviceNASVaultDirect, l.network.address(aliasNASVault).String(), 8200},
		},
		"MainVault":      "https://" + serviceMainVault + ":8200",
		"NASVault":       "https://" + serviceNASVault + ":8200",
		"NASVaultDirect": "https://" + serviceNASVaultDirect + ":8200",
	})
	if err != nil {
		return nil, fmt.Errorf("filling in manifest %q: %w", name, err)
	}
	return filled.Bytes(), nil
}

// usedDefinitions are the resources of External Secrets that the flow uses.
// The others would cost the API server seconds.
var usedDefinitions = []string{
	"externalsecrets.external-secrets.io",
	"secretstores.external-secrets.io",
	// Read at every refresh, although the flow has no generators.
	"generatorstates.generators.external-secrets.io",
}

// clusterManifests are what K3s applies by itself while it starts.
func (l *Lab) clusterManifests(ctx context.Context) ([]file, error) {
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
	deployment, err := l.manifest("external-secrets.yaml")
	if err != nil {
		return nil, err
	}
	integration, err := l.manifest("integration.yaml")
	if err != nil {
		return nil, err
	}
	// In one file and in this order: the operator ends where it finds no definitions.
	return []file{
		{path: "/var/lib/rancher/k3s/server/manifests/external-secrets.yaml", data: bytes.Join(append(operator, deployment), []byte("\n---\n"))},
		{path: "/var/lib/rancher/k3s/server/manifests/nas-integration.yaml", data: integration},
	}, nil
}
