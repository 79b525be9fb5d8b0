package chaosmesh_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	mesh "github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"sigs.k8s.io/yaml"
)

var manifests = flag.String("manifests", "", "what \"quality-gate export chaos-mesh\" printed, a `path`")

// TestManifests decodes every manifest into the project's own types, which know
// all fields.
func TestManifests(t *testing.T) {
	all, err := os.ReadFile(*manifests)
	if err != nil {
		t.Fatal(err)
	}
	for text := range bytes.SplitSeq(bytes.TrimPrefix(all, []byte("---\n")), []byte("\n---\n")) {
		var head struct{ Kind string }
		if err := yaml.Unmarshal(text, &head); err != nil {
			t.Fatal(err)
		}
		into := map[string]any{
			"NetworkChaos": &mesh.NetworkChaos{}, "PodChaos": &mesh.PodChaos{}, "PhysicalMachineChaos": &mesh.PhysicalMachineChaos{},
		}[head.Kind]
		if into == nil {
			t.Fatalf("got the kind %q", head.Kind)
		}
		if err := yaml.UnmarshalStrict(text, into); err != nil {
			t.Errorf("%v:\n%s", err, text)
		}
	}
}
