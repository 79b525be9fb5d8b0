package gate

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the table in docs/quality-gate.md anew")

// TestDocsListTheCriteria holds the page to the criteria and the shipped policy.
func TestDocsListTheCriteria(t *testing.T) {
	const path, begins, ends = "../../docs/quality-gate.md", " -update -->\n", "<!-- end -->"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(content), begins)
	_, after, ended := strings.Cut(rest, ends)
	if !found || !ended {
		t.Fatalf("%s: got no place for the table", path)
	}
	var table strings.Builder
	table.WriteString("\n| | criterion | what has to hold | required |\n|---|---|---|---|\n")
	p := DefaultPolicy()
	for _, c := range criteria {
		required := "all of it"
		if c.figure != nil {
			required = fmt.Sprintf("%s %g %s", c.figure.is, p.Limits[c.Name], c.figure.unit)
		}
		fmt.Fprintf(&table, "| %s | `%s` | %s | %s |\n", c.Group, c.Name, c.Requires, required)
	}
	table.WriteString("\n")
	want := before + begins + table.String() + ends + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(content)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
