package deploy

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var release = flag.Bool("release", false, "fail for images that have no digest, which are known once they are published")

var (
	step     = regexp.MustCompile(`(?m)uses: *(\S+)(.*)$`)
	pinned   = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)
	fromLine = regexp.MustCompile(`(?m)^FROM (\S+)`)
)

// TestActionsArePinned: a tag can be moved to other code, a commit cannot.
func TestActionsArePinned(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*")
	if err != nil || len(files) == 0 {
		t.Fatal("finding the workflows: got none")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range step.FindAllStringSubmatch(string(text), -1) {
			if !pinned.MatchString(m[1]) || !strings.HasPrefix(m[2], " # v") {
				t.Errorf("%s: got %q, want a commit and its version behind #", file, m[0])
			}
		}
	}
}

// TestReleasePins is for a release; before it, nobody knows its digests.
func TestReleasePins(t *testing.T) {
	dockerfile, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	images := map[string]bool{}
	for _, m := range fromLine.FindAllStringSubmatch(string(dockerfile), -1) {
		images[m[1]] = m[1] != "scratch"
	}
	for _, w := range workloads(t, build(t, whole, everything...)) {
		for _, c := range w.pod.Spec.Containers {
			images[c.Image] = true
		}
	}
	for image, wanted := range images {
		if !wanted || strings.Contains(image, "@sha256:") {
			continue
		}
		if *release {
			t.Errorf("got %q, want a digest", image)
		} else {
			t.Logf("%s has no digest yet", image)
		}
	}
}
