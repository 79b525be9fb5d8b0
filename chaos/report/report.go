// Package report writes what came of playing faults, for people and for CI: JSON,
// JUnit, Markdown and one page of HTML that needs nothing beside it.
package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// Run is faults that were played, and what came of it.
type Run struct {
	// Tier is where they were played: simulation or lab.
	Tier string `json:"tier"`
	Seed uint64 `json:"seed"`
	Rows []Row  `json:"faults"`
}

// Never is a time that did not come, or that nobody waited for.
const Never time.Duration = -1

// Row is one fault. Times are since it was there, those of its end since it was
// undone.
type Row struct {
	chaos.Fault `json:"-"`
	Name        string        `json:"name"`
	Receiver    string        `json:"receiver,omitempty"` // who was told
	Held        time.Duration `json:"held_nanoseconds"`
	Detected    time.Duration `json:"detected_nanoseconds"`
	Told        time.Duration `json:"told_nanoseconds"`
	Recovered   time.Duration `json:"recovered_nanoseconds"`
	Resolved    time.Duration `json:"resolved_nanoseconds"`
	// Problems are what was not as the catalogue says.
	Problems []string `json:"problems,omitempty"`
}

// Blamed is what has to be blamed.
func (r Row) Blamed() string {
	if r.Hop == "" {
		return "nothing"
	}
	return fmt.Sprintf("%s %s", r.Hop, r.Reason)
}

// Failed counts the faults with which something was wrong.
func (r Run) Failed() int {
	n := 0
	for _, row := range r.Rows {
		if len(row.Problems) > 0 {
			n++
		}
	}
	return n
}

// Read reads what Write has written as report.json.
func Read(dir string) (r Run, err error) {
	content, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err == nil {
		err = json.Unmarshal(content, &r)
	}
	if err != nil {
		return r, fmt.Errorf("reading the report in %q: %w", dir, err)
	}
	return r, nil
}

// Write writes report.json, report.xml, report.md and report.html into dir.
func (r Run) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { // #nosec G301 -- there is nothing secret in it
		return fmt.Errorf("making the folder %q: %w", dir, err)
	}
	asJSON, err := json.MarshalIndent(r, "", "  ")
	asXML, xmlErr := xml.MarshalIndent(r.junit(), "", "  ")
	page, htmlErr := r.html()
	if err := errors.Join(err, xmlErr, htmlErr); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	for name, content := range map[string][]byte{
		"report.json": append(asJSON, '\n'), "report.xml": append([]byte(xml.Header), asXML...),
		"report.md": r.markdown(), "report.html": page,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil { // #nosec G306 -- there is nothing secret in it
			return fmt.Errorf("writing the report %q: %w", name, err)
		}
	}
	return nil
}

// markdown is the table, the wrong ones first.
func (r Run) markdown() []byte {
	var out strings.Builder
	fmt.Fprintf(&out, "## Faults in the %s\n\nSeed %d: %d played, %d not as the catalogue says.\n\n", r.Tier, r.Seed, len(r.Rows), r.Failed())
	out.WriteString("| fault | blamed | detected | told | recovered | told of the end | |\n|---|---|---|---|---|---|---|\n")
	for _, row := range r.Rows {
		said := "as it should be"
		if len(row.Problems) > 0 {
			said = "**" + strings.ReplaceAll(strings.Join(row.Problems, "; "), "|", `\|`) + "**"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s | %s | %s |\n", row.Name, row.Blamed(), Came(row.Detected), Came(row.Told), Came(row.Recovered), Came(row.Resolved), said)
	}
	return []byte(out.String())
}

// Came is a time in words.
func Came(d time.Duration) string {
	switch {
	case d < 0:
		return "–"
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// suite is JUnit's form of a run.
type suite struct {
	XMLName  xml.Name `xml:"testsuite"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Cases    []testCase
}

type testCase struct {
	XMLName xml.Name `xml:"testcase"`
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Seconds float64  `xml:"time,attr"`
	Failure *failure
}

type failure struct {
	XMLName xml.Name `xml:"failure"`
	Message string   `xml:"message,attr"`
}

func (r Run) junit() suite {
	s := suite{Name: "faults in the " + r.Tier, Tests: len(r.Rows), Failures: r.Failed()}
	for _, row := range r.Rows {
		c := testCase{Class: r.Tier + "." + string(row.Hop), Name: row.Name, Seconds: (row.Held + max(0, row.Recovered)).Seconds()}
		if len(row.Problems) > 0 {
			c.Failure = &failure{Message: strings.Join(row.Problems, "; ")}
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}
