package deploy

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is the part of a workflow that the tests look at. Its grammar is
// actionlint's business, which the quality gate runs.
type workflow struct {
	file, text  string
	Permissions map[string]string
	Jobs        map[string]job
}

type job struct {
	Permissions map[string]string
	Timeout     int `yaml:"timeout-minutes"`
	Steps       []workflowStep
}

type workflowStep struct {
	Uses, Run string
	With      map[string]any
	Env       map[string]string
}

// workflows reads all of them.
func workflows(t *testing.T) []workflow {
	t.Helper()
	files, err := filepath.Glob("../.github/workflows/*")
	if err != nil || len(files) == 0 {
		t.Fatal("finding the workflows: got none")
	}
	var all []workflow
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w := workflow{file: filepath.Base(file), text: string(text)}
		if err := yaml.Unmarshal(text, &w); err != nil {
			t.Fatalf("reading %q: %v", file, err)
		}
		all = append(all, w)
	}
	return all
}

var (
	uses   = regexp.MustCompile(`(?m)uses: *(\S+)(.*)$`)
	pinned = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)
	tag    = regexp.MustCompile(`^ # v\d+\.\d+\.\d+$`)
)

// TestActionsArePinned: a tag can be moved to other code, a commit cannot. Of one
// action there is one commit.
func TestActionsArePinned(t *testing.T) {
	commits := map[string]string{}
	for _, w := range workflows(t) {
		for _, m := range uses.FindAllStringSubmatch(w.text, -1) {
			if !pinned.MatchString(m[1]) || !tag.MatchString(m[2]) {
				t.Errorf("%s: got %q, want a commit and its version behind #", w.file, m[0])
			}
			action, _, _ := strings.Cut(m[1], "@")
			if other := commits[action]; other != "" && other != m[1]+m[2] {
				t.Errorf("%s: got %q, want %q as elsewhere", w.file, m[1]+m[2], other)
			}
			commits[action] = m[1] + m[2]
		}
	}
}

// mayWrite is what a job may do beyond reading the sources.
var mayWrite = map[string][]string{
	"quality-gates.yml/comment": {"pull-requests"},
	"release.yml/image":         {"packages", "id-token", "attestations"},
	"release.yml/publish":       {"contents", "id-token", "attestations"},
}

// ofTheSources are the beginnings of commands that run what a change brings.
var ofTheSources = regexp.MustCompile(`^(make|go|docker build|\.ci/)`)

// TestRightsAreLeast: nothing has rights by default, each job says what it needs,
// and one that may write there runs nothing of the sources and has no checkout.
func TestRightsAreLeast(t *testing.T) {
	met := map[string]bool{}
	for _, w := range workflows(t) {
		if w.Permissions == nil || len(w.Permissions) > 0 {
			t.Errorf("%s: got the permissions %v, want {}", w.file, w.Permissions)
		}
		for name, j := range w.Jobs {
			at := w.file + "/" + name
			met[at] = true
			var writes []string
			for scope, access := range j.Permissions {
				if access == "write" {
					writes = append(writes, scope)
				} else if scope != "contents" || access != "read" {
					t.Errorf("%s: got %s: %s, want no more than contents: read", at, scope, access)
				}
			}
			slices.Sort(writes)
			if want := slices.Sorted(slices.Values(mayWrite[at])); j.Permissions == nil || !slices.Equal(writes, want) {
				t.Errorf("%s: may write to %q, want %q", at, writes, want)
			}
			ofRepository := slices.Contains(writes, "contents") || slices.Contains(writes, "pull-requests")
			for _, s := range j.Steps {
				checkout := strings.HasPrefix(s.Uses, "actions/checkout@")
				if checkout && s.With["persist-credentials"] != false {
					t.Errorf("%s: the checkout leaves its token behind, want persist-credentials: false", at)
				}
				if ofRepository && (checkout || ofTheSources.MatchString(s.Run)) {
					t.Errorf("%s: got %q beside the right to write, want nothing of the sources", at, s.Uses+s.Run)
				}
			}
		}
	}
	for at := range maps.Keys(mayWrite) {
		if !met[at] {
			t.Errorf("got no job %s, want those that have rights", at)
		}
	}
}

// hoursOfGitHub is how long GitHub lets a job run, in minutes.
const hoursOfGitHub = 360

func TestJobsEnd(t *testing.T) {
	for _, w := range workflows(t) {
		for name, j := range w.Jobs {
			if j.Timeout <= 0 || j.Timeout > hoursOfGitHub {
				t.Errorf("%s/%s: got a timeout of %d minutes, want one of at most %d", w.file, name, j.Timeout, hoursOfGitHub)
			}
		}
	}
}

// TestImageHasOneName: what is released is what is deployed.
func TestImageHasOneName(t *testing.T) {
	kustomization, err := os.ReadFile("nas-integration/kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range workflows(t) {
		for _, m := range regexp.MustCompile(`(?m)^  IMAGE: (\S+)$`).FindAllStringSubmatch(w.text, -1) {
			if !strings.Contains(string(kustomization), "- name: "+m[1]+"\n") {
				t.Errorf("%s: got the image %q, want one that nas-integration deploys", w.file, m[1])
			}
		}
	}
}
