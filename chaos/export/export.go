// Package export writes faults of the catalogue as manifests of other chaos tools,
// for whoever has one of them: what disturbs the way between a cluster's pods and
// the NAS, and what happens to pods. What breaks a server from within has no
// counterpart there and is left out.
package export

import (
	"bytes"
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"

	"homelab.io/vault-health-exporter/chaos"
)

// Where things are, as in the shipped manifests.
const (
	cluster    = "192.168.1.20"
	nas        = "192.168.1.42"
	namespace  = "nas-integration"
	operatorNS = "external-secrets"
	// lasts is longer than the page about an outage takes.
	lasts = "10m"
)

// labels of the pods that a fault of the cluster is played on.
var (
	exporter = map[string]any{"app": "vault-health-exporter"}
	operator = map[string]any{"app.kubernetes.io/name": "external-secrets"}
)

// object is a manifest. Keys are written in their order in the alphabet, so that
// the same catalogue makes the same text.
type object map[string]any

// overTheWire are the faults between the cluster and the NAS.
func overTheWire() []chaos.Fault {
	return slices.DeleteFunc(chaos.Faults(), func(f chaos.Fault) bool {
		return f.Link == nil || !slices.Contains([]chaos.Link{chaos.LinkNASVault, chaos.LinkDocker}, f.Link.Links[0])
	})
}

// documents are one manifest after another, each under what the fault does.
func documents(objects []object, does []string) ([]byte, error) {
	var out bytes.Buffer
	for i, o := range objects {
		text, err := yaml.Marshal(o)
		if err != nil {
			return nil, fmt.Errorf("writing a manifest: %w", err)
		}
		fmt.Fprintf(&out, "---\n# %s\n%s", does[i], text)
	}
	return out.Bytes(), nil
}
