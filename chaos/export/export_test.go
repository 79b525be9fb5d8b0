package export_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/export"
)

// TestChaosMesh looks at what is cut from what. That the project's own types know
// every field is a check of make analysis, because they take long to build.
func TestChaosMesh(t *testing.T) {
	all, err := export.ChaosMesh()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, text := range documents(all) {
		var m struct {
			Kind string
			Spec struct {
				Address   []string
				Partition struct {
					IP string `json:"ip-address"`
				} `json:"network-partition"`
			}
		}
		if err := yaml.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		kinds[m.Kind]++
		if got := fmt.Sprint(m.Spec.Address, " ", m.Spec.Partition.IP); m.Kind == "PhysicalMachineChaos" && got != "[192.168.1.20:31767] 192.168.1.42" {
			t.Errorf("got a partition between %s", got)
		}
	}
	if kinds["PhysicalMachineChaos"] != 1 || kinds["NetworkChaos"] == 0 || kinds["PodChaos"] != 2 || len(kinds) != 3 {
		t.Errorf("got %v, want one partition of the machines, and faults of the network and of pods", kinds)
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
