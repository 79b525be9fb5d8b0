package lab

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// TestOverlays builds the overlays as kubectl will, and looks for an address or
// an image of a user's home that the lab has not replaced: no test may reach out
// to it.
func TestOverlays(t *testing.T) {
	files := written(t)
	for overlay, agent := range map[string]bool{overlayPlain: false, overlayAgent: true} {
		built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, deployFolder+"/"+overlay)
		if err != nil {
			t.Fatalf("%s: %v", overlay, err)
		}
		manifest, err := built.AsYaml()
		if err != nil {
			t.Fatal(err)
		}
		for _, foreign := range []string{"192.168.1.", ".svc:", "ghcr.io", "image: hashicorp", "http://vault-agent", "<no value>"} {
			if strings.Contains(string(manifest), foreign) {
				t.Errorf("%s: got %q, which is not the lab's", overlay, foreign)
			}
		}
		if got := strings.Contains(string(manifest), "http://"+serviceAgent); got != agent {
			t.Errorf("%s: got the agent used %t, want %t", overlay, got, agent)
		}
	}
}

// written are the files of every overlay, of a lab that has never been started.
func written(t *testing.T) filesys.FileSystem {
	t.Helper()
	shipped, err := filepath.Abs("../../deploy")
	if err != nil {
		t.Fatal(err)
	}
	l := &Lab{
		shipped: shipped, id: "abc123", lanes: 2, coverage: true,
		network: network{subnet: netip.MustParsePrefix("172.20.0.0/16")},
		images:  map[string]string{imageOwn: "localhost/own:1", "vault": "localhost/vault:1"},
	}
	l.secrets.certificates.Authority.PEM = []byte("-----BEGIN\nAND END-----\n")
	manifests, err := l.manifestFiles()
	if err != nil {
		t.Fatal(err)
	}
	own, err := l.candidateManifests()
	if err != nil {
		t.Fatal(err)
	}
	files := filesys.MakeFsInMemory()
	for _, f := range append(manifests, own...) {
		if err := files.WriteFile(f.path, f.data); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
