package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"time"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{"came": Came}).Parse(pageText))

// html is the page: how much was right, and for each fault its timeline.
func (r Run) html() ([]byte, error) {
	var out bytes.Buffer
	err := page.Execute(&out, map[string]any{"Run": r, "Lines": r.lines()})
	return out.Bytes(), err
}

// line is one fault on the page.
type line struct {
	Row
	// There is the stretch of the timeline in which the fault was there, the marks
	// are what came when; all in percent of the whole.
	There template.CSS
	Marks []mark
}

type mark struct {
	What, Class string
	Came        string
	At          template.CSS
}

// lines puts every fault on a timeline of its own length.
func (r Run) lines() []line {
	var all []line
	for _, row := range r.Rows {
		whole := row.Held + max(row.Recovered, row.Resolved, row.Held/10)
		at := func(d time.Duration) template.CSS {
			return template.CSS(fmt.Sprintf("%.1f%%", 100*float64(d)/float64(max(whole, 1)))) // #nosec G203 -- a number
		}
		l := line{Row: row, There: at(row.Held)}
		for _, m := range []struct {
			what, class string
			after, at   time.Duration
		}{
			{"detected", "seen", row.Detected, row.Detected},
			{"told (" + row.Receiver + ")", "told", row.Told, row.Told},
			{"recovered", "seen", row.Recovered, row.Held + row.Recovered},
			{"told of the end", "told", row.Resolved, row.Held + row.Resolved},
		} {
			if m.after >= 0 {
				l.Marks = append(l.Marks, mark{m.what, m.class, Came(m.after), at(m.at)})
			}
		}
		all = append(all, l)
	}
	return all
}
