package dashboards

import (
	"bytes"
	"fmt"
	"strings"
)

const configMapsHeader = "# Generated from dashboards/*.json: go test ./dashboards -run TestConfigMaps -update\n"

// The label is the one that Grafana's sidecar looks for by default.
const configMap = `---
apiVersion: v1
kind: ConfigMap
metadata:
  name: grafana-dashboard-%s
  labels:
    app.kubernetes.io/name: vault-health-exporter
    app.kubernetes.io/component: monitoring
    grafana_dashboard: "1"
data:
  %s: |
`

// ConfigMaps returns the dashboards as objects for Grafana's sidecar. It wraps
// the text of the files: Grafana reads it as if it were provisioned from disk.
func ConfigMaps() ([]byte, error) {
	out := bytes.NewBufferString(configMapsHeader)
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(out, configMap, strings.TrimSuffix(name, ".json"), name)
		for line := range bytes.Lines(content) {
			out.WriteString("    ")
			out.Write(line)
		}
	}
	return out.Bytes(), nil
}
