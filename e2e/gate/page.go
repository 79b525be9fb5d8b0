package gate

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"time"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// group is a part of the page.
type group struct {
	Name     Group
	Findings []Finding
}

// page is the verdict as one page of HTML that needs nothing beside it.
func (v Verdict) page() ([]byte, error) {
	var groups []group
	var against []Finding
	for _, f := range v.Findings {
		if len(groups) == 0 || groups[len(groups)-1].Name != f.Group {
			groups = append(groups, group{Name: f.Group})
		}
		last := &groups[len(groups)-1]
		last.Findings = append(last.Findings, f)
		if !f.Bearable() {
			against = append(against, f)
		}
	}
	longest := 0.0
	for _, s := range v.Stages {
		longest = max(longest, s.Seconds)
	}
	type bar struct {
		Name, Took string
		Width      template.CSS
	}
	var bars []bar
	for _, s := range v.Stages {
		bars = append(bars, bar{s.Name, took(s.Seconds), template.CSS(fmt.Sprintf("%.1f%%", 100*s.Seconds/max(longest, 1)))}) // #nosec G203 -- a number
	}
	var out bytes.Buffer
	err := page.Execute(&out, map[string]any{
		"Verdict": v, "Groups": groups, "Against": against, "Bars": bars,
		"Took": v.Ended.Sub(v.Began).Round(time.Second).String(), "When": v.Ended.UTC().Format("2006-01-02 15:04 MST"),
	})
	return out.Bytes(), err
}

func took(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}
