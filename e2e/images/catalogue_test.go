package images

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCatalogueIsSound(t *testing.T) {
	var names, locals []string
	for _, image := range Catalogue() {
		if slices.Contains(names, image.Name) || slices.Contains(locals, image.Local) {
			t.Errorf("got image %q (%q) twice", image.Name, image.Local)
		}
		for _, contained := range image.recipe.contains {
			if !slices.Contains(locals, contained) {
				t.Errorf("got image %q before %q, which it contains", image.Name, contained)
			}
		}
		names, locals = append(names, image.Name), append(locals, image.Local)

		// A stand-in must never be mistaken for the official image.
		if !strings.HasPrefix(image.Local, prefix) {
			t.Errorf("got local image %q, want prefix %q", image.Local, prefix)
		}
		_, err := os.Stat(filepath.Join(image.recipe.folder, "Dockerfile"))
		if err != nil {
			t.Errorf("finding the Dockerfile of image %q: %v", image.Name, err)
		}
	}
}

// The version in the name of an image is what its binaries are built from.
func TestVersionsAgreeWithTheRecipesModules(t *testing.T) {
	for _, image := range Catalogue() {
		for _, program := range image.recipe.binaries {
			if program.version == "" {
				continue
			}
			content, err := os.ReadFile(filepath.Join(program.module, "go.mod"))
			if err != nil {
				t.Fatal(err)
			}
			// Prometheus publishes 3.11.3 as the module version 0.311.3.
			version := strings.Replace(program.version, "v3.11.3", "v0.311.3", 1)
			if !strings.Contains(string(content), " "+version+" ") && !strings.Contains(string(content), " "+version+"\n") {
				t.Errorf("got no version %s in the module of %q", version, program.file)
			}
		}
	}
}
