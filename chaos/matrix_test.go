package chaos_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestMatrix finds a hop and a reason that can meet, that no fault shows, and of
// which nobody has written why.
func TestMatrix(t *testing.T) {
	used := map[string]bool{}
	for _, c := range chaos.Matrix() {
		switch shown := len(c.Blamed)+len(c.Shown) > 0; {
		case c.Excuse != nil:
			used[c.Excuse.Why] = true
		case !shown:
			t.Errorf("%s %s: no fault shows it; want one, or a row in excuses.go", c.Hop, c.Reason)
		}
	}
	tests := testNames(t)
	for _, e := range chaos.Excuses() {
		if !used[e.Why] {
			t.Errorf("excuse %q: faults show all that it is for", e.Why)
		}
		if !tests[e.Test] {
			t.Errorf("excuse %q: there is no %s", e.Why, e.Test)
		}
	}
}

// TestEveryFindingIsInTheMatrix: what a fault shows is foreseen by a remedy, and
// so has a row.
func TestEveryFindingIsInTheMatrix(t *testing.T) {
	foreseen := map[chaos.Finding]bool{}
	for _, c := range chaos.Matrix() {
		foreseen[c.Finding] = true
	}
	for _, f := range chaos.Faults() {
		for _, one := range f.Shows() {
			if !foreseen[one] {
				t.Errorf("%s shows %s %s, for which there is no remedy", f.Name, one.Hop, one.Reason)
			}
		}
	}
}

// TestEveryFailedCheckIsForeseen: the counter of a check that a fault has fail is
// there at 0 before.
func TestEveryFailedCheckIsForeseen(t *testing.T) {
	for _, f := range chaos.Faults() {
		atOnce, later := f.Shown()
		for _, failed := range []map[flow.Hop]reason.Reason{atOnce, later} {
			for h, why := range failed {
				if !slices.Contains(flow.Reasons(h), why) {
					t.Errorf("%s fails the check of %s with %s, which flow.Reasons does not foresee", f.Name, h, why)
				}
			}
		}
	}
}

// testNames are the test functions of the tree.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(source, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestMatrixDocs compares docs/matrix.md with the catalogue.
func TestMatrixDocs(t *testing.T) {
	compare(t, "../docs/matrix.md", matrixPage())
}

// few is how many faults a cell names.
const few = 4

func matrixPage() string {
	var out strings.Builder
	cells := chaos.Matrix()
	shown, blamed := 0, 0
	for _, c := range cells {
		if len(c.Blamed) > 0 {
			blamed++
		}
		if c.Excuse == nil {
			shown++
		}
	}
	fmt.Fprintf(&out, `# Which fault shows what

Every hop and every reason that can meet there, the [faults](faults.md) that show it, and the alert of which a person is
told where it is what is blamed. Faults in bold are those of which it is what the exporter blames. Where no fault shows it,
the last column says why, and which test holds that. Written by `+"`make docs`"+` from the catalogue in `+"`chaos`"+`, the map in
`+"`exporter/flow`"+` and the set in `+"`exporter/reason`"+`; a hop and a reason that lack both a fault and an excuse fail a test.

Of %d that can meet, faults show %d, %d of them as what is blamed; %d have an excuse.

| hop | reason | faults | played | told | excuse |
|---|---|---|---|---|---|
`, len(cells), shown, blamed, len(cells)-shown)
	for _, c := range cells {
		excuse := ""
		if c.Excuse != nil {
			excuse = fmt.Sprintf("%s `%s`", c.Excuse.Why, c.Excuse.Test)
		}
		fmt.Fprintf(&out, "| `%s` | `%s` | %s | %s | %s | %s |\n", c.Hop, c.Reason, names(c), tiers(c), strings.Join(c.Told, ", "), excuse)
	}
	return out.String()
}

func names(c chaos.Cell) string {
	var all []string
	for _, name := range c.Blamed {
		all = append(all, "**"+name+"**")
	}
	all = append(all, c.Shown...)
	if more := len(all) - few; more > 0 {
		all = append(all[:few], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ", ")
}

func tiers(c chaos.Cell) string {
	var all []string
	for _, tier := range []struct {
		there bool
		name  string
	}{{c.Embedded, "embedded"}, {c.Simulated, "links"}, {c.Lab, "lab"}} {
		if tier.there {
			all = append(all, tier.name)
		}
	}
	return cmp.Or(strings.Join(all, ", "), "nowhere")
}
