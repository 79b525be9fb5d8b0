// Package alerts holds the alert rules, the Alertmanager configuration and the
// runbooks. The *.rules.yaml files are the source; everything else that carries
// the rules is generated from them and compared in a test.
package alerts

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"
)

//go:embed *.rules.yaml
var files embed.FS

//go:embed alertmanager.yaml
var alertmanager []byte

// Alertmanager returns the Alertmanager configuration.
func Alertmanager() []byte { return bytes.Clone(alertmanager) }

// Rule is one recording or alerting rule.
type Rule struct {
	Record        string            `yaml:"record"`
	Alert         string            `yaml:"alert"`
	Expr          string            `yaml:"expr"`
	For           string            `yaml:"for"`
	KeepFiringFor string            `yaml:"keep_firing_for"`
	Labels        map[string]string `yaml:"labels"`
	Annotations   map[string]string `yaml:"annotations"`
}

// Group is the rules that are evaluated together.
type Group struct {
	Name     string `yaml:"name"`
	Interval string `yaml:"interval"`
	Rules    []Rule `yaml:"rules"`
}

// Names returns the names of the rule files.
func Names() []string {
	names, err := fs.Glob(files, "*.rules.yaml")
	if err != nil { // the pattern above is a constant
		panic(err)
	}
	return names
}

// File returns the content of a rule file.
func File(name string) ([]byte, error) { return files.ReadFile(name) }

// Groups returns the groups of all rule files, in order.
func Groups() ([]Group, error) {
	var all []Group
	for _, name := range Names() {
		content, err := File(name)
		if err != nil {
			return nil, err
		}
		var file struct {
			Groups []Group `yaml:"groups"`
		}
		decoder := yaml.NewDecoder(bytes.NewReader(content))
		decoder.KnownFields(true)
		if err := decoder.Decode(&file); err != nil {
			return nil, fmt.Errorf("reading %q: %w", name, err)
		}
		all = append(all, file.Groups...)
	}
	return all, nil
}

// header opens the generated object. The Prometheus Operator selects rules by
// label; a cluster that wants one of its own adds it with kustomize.
const header = `# Generated from alerts/*.rules.yaml: go test ./alerts -run TestPrometheusRule -update
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: vault-health-exporter
  labels:
    app.kubernetes.io/name: vault-health-exporter
    app.kubernetes.io/component: monitoring
spec:
  groups:
`

// PrometheusRule returns the rules as an object for the Prometheus Operator. It
// wraps the text of the files, so comments and layout stay.
func PrometheusRule() ([]byte, error) {
	out := bytes.NewBufferString(header)
	for _, name := range Names() {
		content, err := File(name)
		if err != nil {
			return nil, err
		}
		comment, groups, found := bytes.Cut(content, []byte("groups:\n"))
		if !found {
			return nil, fmt.Errorf("wrapping %q: got no line %q", name, "groups:")
		}
		for line := range bytes.Lines(append(comment, groups...)) {
			out.WriteString("  ")
			out.Write(line)
		}
	}
	return out.Bytes(), nil
}
