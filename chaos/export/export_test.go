package export_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	mesh "github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"sigs.k8s.io/yaml"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/export"
)

// TestChaosMesh decodes every manifest into the project's own types, which know
// all fields.
func TestChaosMesh(t *testing.T) {
	all, err := export.ChaosMesh()
	if err != nil {
		t.Fatal(err)
	}
	partitions := 0
	for _, text := range documents(all) {
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
		if m, ok := into.(*mesh.PhysicalMachineChaos); ok {
			partitions++
			if got := fmt.Sprint(m.Spec.Address, " ", m.Spec.NetworkPartition.IPAddress); got != "[192.168.1.20:31767] 192.168.1.42" {
				t.Errorf("got a partition between %s", got)
			}
		}
	}
	if partitions != 1 {
		t.Errorf("got %d partitions of the machines, want 1", partitions)
	}
}

// TestLitmus holds every engine against what the schema of a ChaosEngine restricts.
// The project has no module with its types.
func TestLitmus(t *testing.T) {
	all, err := export.Litmus()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, text := range documents(all) {
		var e struct {
			APIVersion, Kind string
			Metadata         struct{ Name, Namespace string }
			Spec             struct {
				EngineState, ChaosServiceAccount string
				Appinfo                          struct{ Appns, Applabel, Appkind string }
				Experiments                      []struct {
					Name string
					Spec struct {
						Components struct {
							Env []struct{ Name, Value string }
						}
					}
				}
			}
		}
		if err := yaml.UnmarshalStrict(text, &e); err != nil {
			t.Errorf("%v:\n%s", err, text)
		}
		names[e.Metadata.Name] = true
		got := strings.Join([]string{e.APIVersion, e.Kind, e.Spec.EngineState, e.Spec.Appinfo.Appkind}, " ")
		if !regexp.MustCompile(`^litmuschaos\.io/v1alpha1 ChaosEngine (active|stop) (deployment|statefulset|daemonset)$`).MatchString(got) {
			t.Errorf("got %q", got)
		}
		if len(e.Spec.Experiments) != 1 || len(e.Spec.Experiments[0].Spec.Components.Env) < 2 {
			t.Errorf("want one experiment with its settings:\n%s", text)
		}
	}
	if !names[chaos.Partition] {
		t.Errorf("got no partition, only %v", names)
	}
}

func documents(all []byte) [][]byte {
	return bytes.Split(bytes.TrimPrefix(all, []byte("---\n")), []byte("\n---\n"))
}

// TestThePodsAreThere holds the selector against the shipped manifest.
func TestThePodsAreThere(t *testing.T) {
	content, err := os.ReadFile("../../deploy/base/exporter/deployment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var shipped struct {
		Spec struct {
			Template struct {
				Metadata struct{ Labels map[string]string }
			}
		}
	}
	if err := yaml.Unmarshal(content, &shipped); err != nil {
		t.Fatal(err)
	}
	all, err := export.Litmus()
	if err != nil {
		t.Fatal(err)
	}
	want := "applabel: app=" + shipped.Spec.Template.Metadata.Labels["app"] + "\n"
	if !bytes.Contains(all, []byte(want)) {
		t.Errorf("want %q in the manifests", want)
	}
}
