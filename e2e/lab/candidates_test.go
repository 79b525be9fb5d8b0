package lab

import (
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
)

// TestCandidatesAreApart builds the candidates' overlay as kubectl will: no object of
// it is in the namespace of the shipped flow, or of none, and no right is for an
// account of there.
func TestCandidatesAreApart(t *testing.T) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(written(t), deployFolder+"/"+candidates)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, object := range built.Resources() {
		kinds[object.GetKind()]++
		if object.GetNamespace() != candidates && !(object.GetKind() == "Namespace" && object.GetName() == candidates) {
			t.Errorf("%s %q: got namespace %q", object.GetKind(), object.GetName(), object.GetNamespace())
		}
		text, err := object.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		for _, foreign := range []string{namespace, "192.168.1.", ".svc:", "ghcr.io", "<no value>"} {
			if strings.Contains(string(text), foreign) {
				t.Errorf("%s %q: got %q in\n%s", object.GetKind(), object.GetName(), foreign, text)
			}
		}
	}
	if kinds["RoleBinding"] != 3 || kinds["Deployment"] != 1 {
		t.Errorf("got %v, want the Deployment and the rights of the base and of both components", kinds)
	}
}
