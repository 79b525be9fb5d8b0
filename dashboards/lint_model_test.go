package dashboards

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

const (
	templated      = "${datasource}"
	notScrapedHere = "not scraped here"
)

func rootOfModel(d Dashboard) []string {
	var found []string
	for problem, wrong := range map[string]bool{
		"want a title, a uid, a description and tags":         d.Title == "" || d.UID == "" || d.Description == "" || len(d.Tags) == 0,
		"want the id null, which Grafana fills in":            d.ID != nil,
		"want editable false: the file is the source":         d.Editable,
		"want graphTooltip 1, so that all graphs point along": d.GraphTooltip != 1,
		"want a refresh of 30s":                               d.Refresh != "30s",
		"want a link to the dashboards with the same tag that keeps time and variables": len(d.Links) != 1 || d.Links[0].Type != "dashboards" ||
			!d.Links[0].KeepTime || !d.Links[0].IncludeVars || len(d.Tags) == 0 || len(d.Links[0].Tags) != 1 || d.Links[0].Tags[0] != d.Tags[0],
	} {
		if wrong {
			found = append(found, problem)
		}
	}
	return found
}

func datasourceVariable(d Dashboard) []string {
	for _, v := range d.Templating.List {
		if v.Name == "datasource" && v.Type == "datasource" && v.Label == "Data source" && string(v.Query) == `"prometheus"` {
			return nil
		}
	}
	return []string{`want a variable "datasource" of the type datasource with the label "Data source"`}
}

// jobVariable wants the variables job, flow and hop, each scoped by those before,
// of a dashboard that shows something of the exporter.
func jobVariable(d Dashboard) []string {
	if !showsOwn(d) {
		return nil
	}
	var found []string
	scope := ""
	for _, name := range []string{"job", "flow", "hop"} {
		if !hasQueryVariable(d, name, scope) {
			found = append(found, fmt.Sprintf("want a variable %q with multi, includeAll, the allValue .+ and a query that is scoped by %q", name, scope))
		}
		scope += name + `=~"$` + name + `", `
	}
	return found
}

func showsOwn(d Dashboard) bool {
	return len(eachExpr(func(_ Query, expr parser.Expr) string {
		all, _ := selectors(expr)
		for _, s := range all {
			if series()[s.Name].own {
				return s.Name
			}
		}
		return ""
	})(d)) > 0
}

func hasQueryVariable(d Dashboard, name, scope string) bool {
	for _, v := range d.Templating.List {
		var query struct{ Query string }
		if v.Name != name || json.Unmarshal(v.Query, &query) != nil {
			continue
		}
		return v.Type == "query" && v.Label != "" && v.Multi && v.IncludeAll && v.AllValue == ".+" &&
			v.Datasource != nil && v.Datasource.UID == templated && strings.Contains(query.Query, strings.TrimSuffix(scope, ", "))
	}
	return false
}

func variableQueries(d Dashboard) []string {
	all, err := Queries(d)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	for _, q := range all {
		if _, err := parse(q, oddSelection); err != nil && strings.HasPrefix(q.Panel, "variable ") {
			found = append(found, fmt.Sprintf("%s: %v", q, err))
		}
	}
	return found
}

func reloadOnTimeChange(v Variable) string {
	if v.Type == "query" && v.Refresh != 2 {
		return "want the refresh 2: a flow that ended shows up when the time range does"
	}
	return ""
}

func templatedDatasource(d Dashboard) []string {
	var found []string
	check := func(where string, ref *DatasourceRef) {
		if ref == nil || ref.UID != templated || ref.Type != "prometheus" {
			found = append(found, where+": want the data source "+templated)
		}
	}
	for _, p := range d.Panels {
		if p.Type == "row" {
			continue
		}
		check("panel "+p.Title, p.Datasource)
		for _, t := range p.Targets {
			check("target "+p.Title+" "+t.RefID, t.Datasource)
		}
	}
	for _, a := range d.Annotations.List {
		check("annotation "+a.Name, a.Datasource)
	}
	return found
}

func titleAndDescription(p Panel) string {
	if p.Title == "" || p.Description == "" {
		return "want a title and a description that says what to do when it is bad"
	}
	return ""
}

func unit(p Panel) string {
	if p.FieldConfig.Defaults.Unit == "" {
		return "want a unit; none is one"
	}
	return ""
}

func hasTargets(p Panel) string {
	if len(p.Targets) == 0 {
		return "want a query"
	}
	for _, t := range p.Targets {
		if t.Instant == t.Range {
			return "want each query to be either instant or over the range"
		}
	}
	return ""
}

func noValue(p Panel) string {
	if p.FieldConfig.Defaults.NoValue == "" {
		return "want noValue: an empty panel looks like a healthy one"
	}
	return ""
}

func thresholds(p Panel) string {
	if len(p.FieldConfig.Defaults.Thresholds.Steps) == 0 {
		return "want thresholds; one base colour is enough where nothing is bad"
	}
	return ""
}

func minimum(p Panel) string {
	if least := p.FieldConfig.Defaults.Min; p.Type == "timeseries" && (least == nil || *least != 0) {
		return "want the axis to begin at 0"
	}
	return ""
}

// notScraped wants a panel on what others export to say so where nobody does.
func notScraped(p Panel) string {
	for _, t := range p.Targets {
		if strings.Contains(t.Expr, "vector(") {
			return "got vector(), which makes a false zero of what is not scraped"
		}
		if external(t.Expr) && p.FieldConfig.Defaults.NoValue != notScrapedHere {
			return fmt.Sprintf("got the noValue %q, want %q", p.FieldConfig.Defaults.NoValue, notScrapedHere)
		}
	}
	return ""
}
