package gate

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"homelab.io/vault-health-exporter/e2e/evidence"
)

// Word is the verdict in a word.
func (v Verdict) Word() string {
	if v.Go {
		return "Go"
	}
	return "No-Go"
}

// State is the finding's result in a word, a waiver shown as one.
func (f Finding) State() string {
	switch {
	case f.Waived != nil:
		return "waived"
	case f.Result == evidence.Verified:
		return "holds"
	}
	return string(f.Result)
}

// figures are the four that are asked for by name, by their criteria.
var figures = []struct{ Title, Criterion string }{
	{"MTTR", "mttr"}, {"Error rate", "error-rate"}, {"Coverage", "line-coverage"}, {"Documentation", "documentation"},
}

// Figure is one of the figures with its title.
type Figure struct {
	Title string
	Finding
}

// Figures returns the four figures of quality.
func (v Verdict) Figures() (all []Figure) {
	for _, wanted := range figures {
		for _, f := range v.Findings {
			if f.Criterion == wanted.Criterion {
				all = append(all, Figure{wanted.Title, f})
			}
		}
	}
	return all
}

// WriteTable writes what a person reads at a terminal: the matrix, the figures,
// and last what keeps the verdict back.
func (v Verdict) WriteTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tCRITERION\tREQUIRED\tNOW\t\tEVIDENCE")
	group := Group("")
	for _, f := range v.Findings {
		title := ""
		if f.Group != group {
			group, title = f.Group, string(f.Group)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", title, f.Criterion, f.Required, f.Now, f.State(), strings.Join(f.Evidence, ", "))
	}
	fmt.Fprintln(table)
	for _, f := range v.Figures() {
		fmt.Fprintf(table, "%s\t\t%s\t%s\t%s\n", f.Title, f.Required, f.Now, f.State())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var text strings.Builder
	for _, f := range v.Findings {
		if f.Waived != nil {
			fmt.Fprintf(&text, "\nwaived until %s: %s: %s\n", f.Waived.Until, f.Criterion, f.Waived.Reason)
		}
	}
	for _, f := range v.Findings {
		if !f.Bearable() {
			fmt.Fprintf(&text, "\n%s: %s\n  %s\n", f.Criterion, f.State(), strings.Join(f.Why, "\n  "))
		}
	}
	fmt.Fprintf(&text, "\n%s\n", v.Word())
	_, err := io.WriteString(w, text.String())
	return err
}

// Write writes the verdict into a folder: verdict.json, .xml (JUnit), .md, .html
// and .om (OpenMetrics).
func (v Verdict) Write(folder string) error {
	asJSON, err := json.MarshalIndent(v, "", "  ")
	asXML, xmlErr := xml.MarshalIndent(v.junit(), "", "  ")
	page, pageErr := v.page()
	if err := errors.Join(err, xmlErr, pageErr); err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("making the folder %q: %w", folder, err)
	}
	for name, content := range map[string][]byte{
		"verdict.json": append(asJSON, '\n'), "verdict.xml": append([]byte(xml.Header), asXML...),
		"verdict.md": []byte(v.Markdown()), "verdict.html": page, "verdict.om": v.openMetrics(),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return fmt.Errorf("writing the verdict: %w", err)
		}
	}
	return nil
}

// Append adds the verdict, as Markdown, to a file.
func (v Verdict) Append(path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) // #nosec G703 -- GitHub's runner names it
	if err == nil {
		_, err = file.WriteString(v.Markdown())
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return fmt.Errorf("adding the verdict to %q: %w", path, err)
	}
	return nil
}

// cell is text in a table of Markdown.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(text)
}

// Markdown is the matrix, the figures and what keeps the verdict back.
func (v Verdict) Markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\nSources `%.12s`, seed %d, %s.\n\n", v.Word(), v.Tree, v.Seed, v.Ended.Sub(v.Began).Round(time.Second))
	out.WriteString("| | criterion | required | now | | evidence |\n|---|---|---|---|---|---|\n")
	for _, f := range v.Findings {
		state := f.State()
		if !f.Bearable() {
			state = "**" + state + "**"
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s |\n", f.Group, f.Criterion, cell(f.Required), cell(f.Now), state, strings.Join(f.Evidence, ", "))
	}
	out.WriteString("\n| figure | required | now | |\n|---|---|---|---|\n")
	for _, f := range v.Figures() {
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", f.Title, cell(f.Required), cell(f.Now), f.State())
	}
	for _, f := range v.Findings {
		if f.Waived != nil {
			fmt.Fprintf(&out, "\nWaived until %s: %s: %s\n", f.Waived.Until, f.Criterion, cell(f.Waived.Reason))
		}
		if f.Bearable() {
			continue
		}
		fmt.Fprintf(&out, "\n**%s**: %s\n\n", f.Criterion, f.State())
		for _, why := range f.Why {
			fmt.Fprintf(&out, "- %s\n", cell(why))
		}
	}
	return out.String()
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Skipped *junitMessage `xml:"skipped,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// junit is the verdict for what reads JUnit's files: an unknown is a failure
// there too, a waiver a skipped case.
func (v Verdict) junit() junitSuite {
	s := junitSuite{Name: "quality gate", Tests: len(v.Findings)}
	for _, f := range v.Findings {
		c := junitCase{Class: string(f.Group), Name: f.Criterion}
		switch {
		case f.Waived != nil:
			s.Skipped++
			c.Skipped = &junitMessage{Message: "waived until " + f.Waived.Until.String() + ": " + f.Waived.Reason}
		case !f.Bearable():
			s.Failures++
			c.Failure = &junitMessage{Message: f.State() + ": required " + f.Required + ", now " + f.Now, Text: strings.Join(f.Why, "\n")}
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}
