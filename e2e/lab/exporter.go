package lab

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"text/template"
)

const (
	exporterFolder  = "/etc/vault-health-exporter"
	exporterPort    = "9845"
	exporterAddress = loopback + ":" + exporterPort
)

//go:embed exporter.yml
var exporterConfig string

var exporterTemplate = template.Must(template.New("exporter.yml").Parse(exporterConfig))

// kubeconfig lets the exporter read what its ServiceAccount may read.
const kubeconfig = `apiVersion: v1
kind: Config
current-context: lab
contexts:
- name: lab
  context: {cluster: lab, user: vault-health-exporter}
clusters:
- name: lab
  cluster:
    server: %s
    certificate-authority-data: %s
users:
- name: vault-health-exporter
  user:
    token: %s
`

// startExporter starts the exporter and returns when Prometheus has
// seen that the whole flow is good.
func (l *Lab) startExporter(ctx context.Context) error {
	files, err := l.exporterFiles(ctx)
	if err != nil {
		return err
	}
	l.exporter, err = l.run(ctx, part{
		alias:   aliasExporter,
		image:   l.images[imageExporter],
		command: []string{"--config.file=" + exporterFolder + "/config.yml"},
		files:   files,
		ports:   map[string]string{exporterPort + "/tcp": exporterPort},
	})
	if err != nil {
		return err
	}
	return until(ctx, "Prometheus to see a good slot of the flow", func(ctx context.Context) error {
		good, err := l.Query(ctx, `nas_flow_slots_total{result="good"} > 0`)
		if err == nil && len(good) != 1 {
			err = fmt.Errorf("got %d flows with a good slot, want 1", len(good))
		}
		return err
	})
}

func (l *Lab) exporterFiles(ctx context.Context) ([]file, error) {
	var config bytes.Buffer
	err := exporterTemplate.Execute(&config, map[string]string{
		"Folder":    exporterFolder,
		"Docker":    linkAddress(LinkNASDocker),
		"NASVault":  linkAddress(LinkNASVault),
		"Container": l.NASContainer(),
	})
	if err != nil {
		return nil, fmt.Errorf("filling in the exporter's configuration: %w", err)
	}
	jwt, err := l.serviceAccountToken(ctx, "vault-health-exporter")
	if err != nil {
		return nil, err
	}
	ca, err := l.kubernetesCA(ctx)
	if err != nil {
		return nil, err
	}
	certificates := l.secrets.certificates
	files := []file{
		{path: "config.yml", data: config.Bytes()},
		{path: "ca.pem", data: certificates.authority.pem},
		{path: "docker/ca.pem", data: certificates.authority.pem},
		{path: "docker/cert.pem", data: certificates.client.certificate},
		{path: "docker/key.pem", data: certificates.client.key},
		{path: "nas-vault.token", data: []byte(l.secrets.exporterToken)},
		{path: "service-account.token", data: []byte(jwt)},
		{path: "kubeconfig", data: fmt.Appendf(nil, kubeconfig, kubernetesServer, base64.StdEncoding.EncodeToString(ca), jwt)},
	}
	for i := range files {
		files[i].path = exporterFolder + "/" + files[i].path
		files[i].owner = nobody
	}
	return files, nil
}

// ExporterURL is where the exporter is published.
func (l *Lab) ExporterURL() string { return "http://" + exporterAddress }
