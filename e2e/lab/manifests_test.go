package lab

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestManifests(t *testing.T) {
	l := &Lab{
		state:   t.TempDir(),
		network: network{subnet: netip.MustParsePrefix("172.20.0.0/16")},
		images:  map[string]string{"external-secrets": "eso:1", imageProgram: "program:1"},
	}
	err := l.issueCertificates()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"external-secrets.yaml": {"Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Deployment"},
		"integration.yaml": {
			"Namespace", "Service", "EndpointSlice", "Service", "EndpointSlice", "Service", "EndpointSlice",
			"ServiceAccount", "ClusterRoleBinding", "ServiceAccount", "ServiceAccount", "Role", "RoleBinding",
		},
		"external-secret.yaml": {"SecretStore", "ExternalSecret"},
		"consumer.yaml":        {"ConfigMap", "Deployment"},
	} {
		manifest, err := l.manifest(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(manifest, []byte("<no value>")) {
			t.Errorf("%s: got something that is not filled in", name)
		}
		if diff := cmp.Diff(want, kinds(t, manifest)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func kinds(t *testing.T, manifest []byte) []string {
	t.Helper()
	var found []string
	decoder := yaml.NewDecoder(bytes.NewReader(manifest))
	for {
		var object struct{ Kind string }
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, object.Kind)
	}
}
