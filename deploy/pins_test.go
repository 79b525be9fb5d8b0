package deploy

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

var release = flag.Bool("release", false, "fail for images that have no digest, which are known once they are published")

var fromLine = regexp.MustCompile(`(?m)^FROM (?:--platform=\S+ )?(\S+)`)

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
