package suite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

func names(all []Stage) (names []string) {
	for _, s := range all {
		names = append(names, s.Name)
	}
	return names
}

// TestEverySuiteHasOneStage holds that no criterion waits for evidence that
// nobody brings, and none is brought twice.
func TestEverySuiteHasOneStage(t *testing.T) {
	brings := map[string][]string{}
	for _, s := range stages {
		for _, suite := range s.Suites {
			brings[suite] = append(brings[suite], s.Name)
		}
	}
	for suite, by := range brings {
		if len(by) != 1 {
			t.Errorf("%s: got the stages %q, want one", suite, by)
		}
	}
	for _, c := range append(gate.Criteria(), gate.ManifestCriteria()...) {
		for _, suite := range c.Suites() {
			if len(brings[suite]) == 0 {
				t.Errorf("%s: no stage brings the suite %q", c.Name, suite)
			}
		}
	}
}

func without(all []string, name string) []string {
	return slices.DeleteFunc(all, func(other string) bool { return other == name })
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		from, criterion string
		want            []string
	}{
		{"", "", without(names(stages), stageManifests)},
		{"", "documentation", []string{"documentation"}},
		{"", "token-bytes", []string{"lab-up", "artefacts", "lab-down"}},
		{"", "line-coverage", []string{"unit", "lab-up", "scenarios", "lab-down", "coverage"}},
		{"", "contracts", []string{"contracts-embedded", "lab-up", "contracts-lab", "lab-down", "contracts"}},
		{"performance", "", []string{"performance"}},
		{"contracts-lab", "", []string{"lab-up", "contracts-lab", "artefacts", "lab-down", "contracts", "coverage", "performance"}},
	} {
		chosen, err := Choose(gate.Criteria(), c.criterion, c.from)
		if err != nil {
			t.Errorf("from %q, only %q: %v", c.from, c.criterion, err)
		}
		if diff := cmp.Diff(c.want, names(chosen)); diff != "" {
			t.Errorf("from %q, only %q (-want +got):\n%s", c.from, c.criterion, diff)
		}
	}
	chosen, err := Choose(gate.ManifestCriteria(), "", "")
	if want := []string{"lab-up", "manifests", "artefacts", "lab-down"}; err != nil || !slices.Equal(names(chosen), want) {
		t.Errorf("of manifests: got %q, %v, want %q", names(chosen), err, want)
	}
	for _, wrong := range [][2]string{{"nowhere", ""}, {"", "luck"}, {"unit", "documentation"}} {
		if chosen, err := Choose(gate.Criteria(), wrong[1], wrong[0]); err == nil {
			t.Errorf("from %q, only %q: got %q, want an error", wrong[0], wrong[1], names(chosen))
		}
	}
}

// bench is one in a tree of its own.
func bench(t *testing.T, files map[string]string) (b *Bench, said func() string) {
	t.Helper()
	root := t.TempDir()
	files[".gitignore"] = "/.build/\n"
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("git", "-C", root, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var lines []string
	say := make(chan string)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for line := range say {
			lines = append(lines, line)
		}
	}()
	b = &Bench{Root: root, Tests: io.Discard, Say: func(format string, args ...any) { say <- strings.TrimSpace(fmt.Sprintf(format, args...)) }}
	return b, func() string { close(say); <-ended; return strings.Join(lines, "\n") }
}

// TestAStageThatFailsLeavesItsSuiteUnknown holds that the others go on, and that
// no older evidence stands in for it.
func TestAStageThatFailsLeavesItsSuiteUnknown(t *testing.T) {
	b, said := bench(t, map[string]string{})
	stage := func(name string, err error) Stage {
		return Stage{Name: name, Suites: []string{name}, Does: "nothing", run: func(ctx context.Context, b *Bench) error {
			return b.record(ctx, name, func(r *evidence.Record, _ io.Writer) error {
				r.Rows = []evidence.Row{{Check: "a", Name: "b", Result: evidence.Verified}}
				return err
			})
		}}
	}
	chosen := []Stage{stage("first", nil), stage("second", nil), stage("third", nil)}
	if _, err := b.Run(t.Context(), chosen); err != nil {
		t.Fatal(err)
	}
	chosen[0] = stage("first", errors.New("no compiler"))
	times, err := b.Run(t.Context(), chosen)
	if err == nil || !strings.Contains(err.Error(), `stage "first": running the suite "first": no compiler`) || len(times) != 3 {
		t.Errorf("got error %v and %d times, want that of the first stage, and 3", err, len(times))
	}
	records, err := evidence.Read(b.path(evidence.Folder))
	if err != nil {
		t.Fatal(err)
	}
	if _, known := records["first"]; known || len(records) != 2 {
		t.Errorf("got evidence of the first stage %t, of %d, want none, of 2", known, len(records))
	}
	if text := said(); !strings.Contains(text, "first: did not end: ") || !strings.Contains(text, "second: 1 verified after 0 s") {
		t.Errorf("got %q, want what failed and what was verified", text)
	}
}

// TestAnInterruptStillRemovesTheLab holds that nothing else is begun after one.
func TestAnInterruptStillRemovesTheLab(t *testing.T) {
	b, said := bench(t, map[string]string{})
	ctx, interrupt := context.WithCancel(t.Context())
	var ran []string
	stage := func(name string) Stage {
		return Stage{Name: name, Lab: true, run: func(context.Context, *Bench) error {
			ran = append(ran, name)
			interrupt()
			return nil
		}}
	}
	_, err := b.Run(ctx, []Stage{stage(stageLabUp), stage("scenarios"), stage(stageLabDown)})
	if !errors.Is(err, context.Canceled) || !slices.Equal(ran, []string{stageLabUp, stageLabDown}) {
		t.Errorf("got error %v after %q, want an interrupt, and the lab removed", err, ran)
	}
	said()
}
