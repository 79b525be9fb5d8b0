package deploy

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// folder is files by their names; what a command reads, or what it has to leave.
type folder map[string]string

// trial is one execution of a command of a workflow.
type trial struct {
	given folder
	env   []string
	// want are the files afterwards; fails says that the command has to fail.
	want  folder
	fails bool
}

const (
	changelog = "# Changelog\n\n## [Unreleased]\n\n- later\n\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- this\n\n## [0.1.0] - 2026-11-01\n\n- before\n\n[0.2.0]: https://example.org\n"
	sumOfOne  = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  a.txt\n" // of "one"
)

// checksums are trials of a check of sums, that are in one file, of what is in a folder.
func checksums(sums, of string) []trial {
	return []trial{
		{given: folder{sums: sumOfOne, of + "/a.txt": "one"}},
		{given: folder{sums: sumOfOne, of + "/a.txt": "two"}, fails: true},
		{given: folder{sums: sumOfOne, of + "/b.txt": "one"}, fails: true},
		{given: folder{sums: "", of + "/a.txt": "one"}, fails: true},
	}
}

// commands is the one list of what the workflows run, beside targets of the
// Makefile: it is tried, or it says why not.
var commands = map[string]struct {
	trials []trial
	whyNot string
}{
	`head -c 60000 quality-gate/gate/verdict.md >comment.md`: {trials: []trial{
		{given: folder{"quality-gate/gate/verdict.md": "# Go\n"}, want: folder{"comment.md": "# Go\n"}},
		{given: folder{"quality-gate/gate/verdict.md": strings.Repeat("x", 70_000)}, want: folder{"comment.md": strings.Repeat("x", 60_000)}},
		{fails: true},
	}},
	`.ci/changelog "$GITHUB_REF_NAME" >NOTES.md`: {trials: []trial{
		{given: folder{"CHANGELOG.md": changelog}, env: []string{"GITHUB_REF_NAME=v0.2.0"}, want: folder{"NOTES.md": "### Added\n\n- this\n"}},
		{given: folder{"CHANGELOG.md": changelog}, env: []string{"GITHUB_REF_NAME=v0.1.0"}, want: folder{"NOTES.md": "- before\n"}},
		{given: folder{"CHANGELOG.md": changelog}, env: []string{"GITHUB_REF_NAME=v0.3.0"}, fails: true},
		{given: folder{"CHANGELOG.md": changelog}, env: []string{"GITHUB_REF_NAME="}, fails: true},
	}},
	`cd again && sha256sum --check --strict ../release/dist/SHA256SUMS`: {trials: checksums("release/dist/SHA256SUMS", "again")},
	`cd dist && sha256sum --check --strict SHA256SUMS`:                  {trials: checksums("dist/SHA256SUMS", "dist")},
	`jq -r '"digest=" + ."containerimage.digest"' .build/image.json >>"$GITHUB_OUTPUT"`: {trials: []trial{
		{given: folder{".build/image.json": `{"containerimage.digest":"sha256:ab"}`, "output": "a=b\n"}, env: []string{"GITHUB_OUTPUT=output"}, want: folder{"output": "a=b\ndigest=sha256:ab\n"}},
	}},
	`printf '\nImage ` + "`%s:%s@%s`" + `\n' "$IMAGE" "$GITHUB_REF_NAME" "$DIGEST" >>NOTES.md`: {trials: []trial{
		{given: folder{"NOTES.md": "- this\n"}, env: []string{"IMAGE=host/name", "GITHUB_REF_NAME=v0.2.0", "DIGEST=sha256:ab"}, want: folder{"NOTES.md": "- this\n\nImage `host/name:v0.2.0@sha256:ab`\n"}},
	}},

	`.ci/dist "$GITHUB_REF_NAME" dist`:                                                                          {whyNot: "it compiles for two architectures, for minutes; TestVersionsOfReleases tries what it refuses"},
	`.ci/dist "$GITHUB_REF_NAME" again`:                                                                         {whyNot: "the same"},
	`docker build -f deploy/Dockerfile -t vault-health-exporter:scanned .`:                                      {whyNot: "needs Docker and a registry"},
	`docker buildx create --use`:                                                                                {whyNot: "needs Docker and a registry"},
	`.ci/image "$GITHUB_REF_NAME" "$IMAGE"`:                                                                     {whyNot: "needs Docker and a registry"},
	`docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin <<<"$GH_TOKEN"`:                           {whyNot: "needs a secret"},
	`cosign sign --yes "$IMAGE@$DIGEST"`:                                                                        {whyNot: "needs an identity and the internet"},
	`cosign sign-blob --yes --bundle dist/SHA256SUMS.sigstore.json dist/SHA256SUMS`:                             {whyNot: "needs an identity and the internet"},
	`gh release create "$GITHUB_REF_NAME" --verify-tag --title "$GITHUB_REF_NAME" --notes-file NOTES.md dist/*`: {whyNot: "needs a secret"},
	`gh pr comment "$NUMBER" --edit-last --create-if-none --body-file comment.md`:                               {whyNot: "needs a secret"},
	`go test -count=1 -timeout 3h -v -run '^TestDemoDoesNotGrow$' ./e2e/growth -args -soak=90m`:                 {whyNot: "takes hours; TestCommandsNameTests looks for the test"},
	`go test -tags e2e -count=1 -timeout 3h -v -run '^TestExporterDoesNotGrow$' ./e2e -args -soak=90m`:          {whyNot: "takes hours and Docker; TestCommandsNameTests looks for the test"},
}

// TestCommands tries the commands as GitHub runs them; of targets of the Makefile
// it is asked what they would do.
func TestCommands(t *testing.T) {
	met := map[string]bool{}
	for _, w := range workflows(t) {
		for name, j := range w.Jobs {
			for _, s := range j.Steps {
				if s.Run == "" {
					continue
				}
				if strings.Contains(s.Run, "${{") {
					t.Errorf("%s/%s: got an expression in %q, want it in the environment: it may hold anything", w.file, name, s.Run)
				}
				c, known := commands[s.Run]
				switch {
				case strings.HasPrefix(s.Run, "make "):
					wouldMake(t, s.Run)
				case !known || (len(c.trials) == 0) == (c.whyNot == ""):
					t.Errorf("%s/%s: got %q, want it among the commands, tried or with a reason", w.file, name, s.Run)
				case !met[s.Run]:
					for _, one := range c.trials {
						try(t, s.Run, one)
					}
				}
				met[s.Run] = true
			}
		}
	}
	for command := range maps.Keys(commands) {
		if !met[command] {
			t.Errorf("got no step that runs %q, want those that are listed", command)
		}
	}
}

// wouldMake asks make what it would do, which fails where it knows no such target.
func wouldMake(t *testing.T, command string) {
	t.Helper()
	ask := exec.CommandContext(t.Context(), "bash", "-c", strings.Replace(command, "make ", "make --dry-run ", 1)) // #nosec G204 -- of the workflows
	ask.Dir, ask.Env = "..", append(os.Environ(), "SEED=1")
	if printed, err := ask.CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", command, err, printed)
	}
}

// try executes a command among given files, and the scripts of .ci.
func try(t *testing.T, command string, one trial) {
	t.Helper()
	dir := t.TempDir()
	given := maps.Clone(one.given)
	if given == nil {
		given = folder{}
	}
	for _, script := range []string{".ci/changelog"} {
		text, err := os.ReadFile(filepath.Join("..", script))
		if err != nil {
			t.Fatal(err)
		}
		given[script] = string(text)
	}
	for name, text := range given {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte(text), 0o700)); err != nil { // #nosec G306 -- scripts are executed
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command) // #nosec G204 -- of the workflows
	cmd.Dir, cmd.Env = dir, append(os.Environ(), one.env...)
	printed, err := cmd.CombinedOutput()
	if (err != nil) != one.fails {
		t.Errorf("%s: got %v: %s, want it to fail: %t", command, err, printed, one.fails)
	}
	for name, want := range one.want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: got %.80q, %v in %q, want %.80q", command, got, err, name, want)
		}
	}
}

var testOf = regexp.MustCompile(`-run '\^(\w+)\$' \./(\S+)`)

// TestCommandsNameTests: go test passes where it finds no test of a name.
func TestCommandsNameTests(t *testing.T) {
	for command := range commands {
		m := testOf.FindStringSubmatch(command)
		if m == nil {
			continue
		}
		files, err := filepath.Glob(filepath.Join("..", m[2], "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(files, func(file string) bool {
			text, _ := os.ReadFile(file) // a file that cannot be read has no such test
			return strings.Contains(string(text), "\nfunc "+m[1]+"(t *testing.T)")
		}) {
			t.Errorf("%s: got no such test", command)
		}
	}
}

// TestVersionsOfReleases: what is no version is refused before anything is made.
func TestVersionsOfReleases(t *testing.T) {
	for _, version := range []string{"", "0.1.0", "v1", "v1.2", "v1.2.3 -x", "v1.2.3;id", "../v1.2.3"} {
		out := filepath.Join(t.TempDir(), "dist")
		printed, err := exec.CommandContext(t.Context(), "../.ci/dist", version, out).CombinedOutput() // #nosec G204 -- of this table
		if _, made := os.Stat(out); err == nil || made == nil || !strings.Contains(string(printed), "v0.1.0") {
			t.Errorf("%q: got %v: %s, want it refused", version, err, printed)
		}
	}
}

// TestChangelog: what is not released yet can be cut too.
func TestChangelog(t *testing.T) {
	printed, err := exec.CommandContext(t.Context(), "../.ci/changelog", "Unreleased").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(printed), "### ") {
		t.Errorf("got %v: %.200s, want what is not released", err, printed)
	}
}
