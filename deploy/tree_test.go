// Package deploy tests the manifests, without a cluster.
package deploy

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// whole is the overlay that users apply.
const whole = "nas-integration"

// object is one manifest of a build.
type object map[string]any

func (o object) name() string {
	return fmt.Sprint(o["kind"]) + "/" + fmt.Sprint(o.at("metadata.name"))
}

// at returns what is at a dotted path, with numbers for places in lists; nil
// where there is nothing.
func (o object) at(path string) any {
	var here any = map[string]any(o)
	for step := range strings.SplitSeq(path, ".") {
		switch level := here.(type) {
		case map[string]any:
			here = level[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(level) {
				return nil
			}
			here = level[i]
		default:
			return nil
		}
	}
	return here
}

// decode reads o into a typed object.
func decode[T any](t *testing.T, o object) T {
	t.Helper()
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var typed T
	if err := json.Unmarshal(raw, &typed); err != nil {
		t.Fatalf("decoding %s: %v", o.name(), err)
	}
	return typed
}

// build builds an overlay on top of a folder, with components.
func build(t *testing.T, on string, components ...string) []object {
	t.Helper()
	var objects []object
	decoder := json.NewDecoder(strings.NewReader(render(t, on, components...)))
	for decoder.More() {
		var o object
		if err := decoder.Decode(&o); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	return objects
}

// render is build's result as text, one JSON object a line.
func render(t *testing.T, on string, components ...string) string {
	t.Helper()
	files := filesys.MakeFsInMemory()
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return files.WriteFile("/deploy/"+path, data)
	})
	if err != nil {
		t.Fatal(err)
	}
	overlay := "resources: [../" + on + "]\ncomponents:\n"
	for _, name := range components {
		overlay += "- ../components/" + name + "\n"
	}
	if err := files.WriteFile("/deploy/overlay/kustomization.yaml", []byte(overlay)); err != nil {
		t.Fatal(err)
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, "/deploy/overlay")
	if err != nil {
		t.Fatalf("building %s with %q: %v", on, components, err)
	}
	var text strings.Builder
	for _, r := range built.Resources() {
		raw, err := r.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(raw, '\n'))
	}
	return text.String()
}

// combinations are all ways to add components to the whole that concern each
// other. The breaker brings the agent along.
var combinations = [][]string{
	{},
	{"monitoring"},
	{"vault-agent"},
	{"istio"},
	{"sample-consumer"},
	{"leader-election"},
	{"monitoring", "vault-agent"},
	{"monitoring", "istio"},
	{"monitoring", "sample-consumer"},
	{"vault-agent", "sample-consumer"},
	{"istio", "sample-consumer"},
	{"monitoring", "vault-agent", "sample-consumer"},
	{"discovery"},
	{"vault-agent", "discovery"},
	everything,
}

var everything = []string{"monitoring", "istio", "sample-consumer", "leader-election", "discovery"}

// eachCombination runs a test of every combination.
func eachCombination(t *testing.T, test func(*testing.T, []object)) {
	for _, components := range combinations {
		t.Run(strings.Join(append([]string{whole}, components...), "+"), func(t *testing.T) {
			test(t, build(t, whole, components...))
		})
	}
}

func TestComponentsStandAlone(t *testing.T) {
	for _, name := range []string{"health-check", "backup", "rotation", "discovery"} {
		if with, without := build(t, "base", name), build(t, "base"); len(with) <= len(without) {
			t.Errorf("base with %s: got %d objects, want more than %d", name, len(with), len(without))
		}
	}
}

func TestBuildsAreIdentical(t *testing.T) {
	first := render(t, whole, everything...)
	if diff := cmp.Diff(first, render(t, whole, everything...)); diff != "" {
		t.Errorf("building twice (-first +second):\n%s", diff)
	}
}

// The overlay names every component, added or not, so that nobody has to look
// for them.
func TestOverlayNamesEveryComponent(t *testing.T) {
	overlay, err := os.ReadFile(whole + "/kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	components, err := os.ReadDir("components")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range components {
		if !strings.Contains(string(overlay), "- ../components/"+c.Name()) {
			t.Errorf("the overlay does not name the component %q", c.Name())
		}
	}
}

func TestNoObjectTwiceAndAllInTheNamespace(t *testing.T) {
	clusterWide := map[string]bool{"Namespace": true, "ClusterRole": true, "ClusterRoleBinding": true}
	eachCombination(t, func(t *testing.T, objects []object) {
		seen := map[string]bool{}
		for _, o := range objects {
			if seen[o.name()] {
				t.Errorf("got %s twice", o.name())
			}
			seen[o.name()] = true
			if namespace := o.at("metadata.namespace"); !clusterWide[fmt.Sprint(o["kind"])] && namespace != "nas-integration" {
				t.Errorf("%s: got namespace %v, want nas-integration", o.name(), namespace)
			}
		}
	})
}
