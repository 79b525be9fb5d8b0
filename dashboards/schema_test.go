package dashboards

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// schema is Grafana's published model, as far as it is used here.
type schema struct {
	SchemaVersion int                          `json:"schemaVersion"`
	PanelTypes    []string                     `json:"panelTypes"`
	Types         map[string]map[string]string `json:"types"`
}

func readSchema(t *testing.T) schema {
	t.Helper()
	content, err := os.ReadFile("grafana_schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(content, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// problems says what is wrong with a dashboard; none is nil.
func (s schema) problems(content []byte) []string {
	var root map[string]any
	if err := json.Unmarshal(content, &root); err != nil {
		return []string{err.Error()}
	}
	found := s.check("Dashboard", root, "dashboard", true)
	if root["schemaVersion"] != float64(s.SchemaVersion) {
		found = append(found, fmt.Sprintf("dashboard.schemaVersion: got %v, want %d", root["schemaVersion"], s.SchemaVersion))
	}
	panels, _ := root["panels"].([]any)
	for i, p := range panels {
		if panel, ok := p.(map[string]any); ok && panel["type"] != "row" {
			found = append(found, s.panel(panel, fmt.Sprintf("panels[%d]", i))...)
		}
	}
	return found
}

// panel checks what depends on the panel's type. Grafana fills in the options
// that are left out, so none is required.
func (s schema) panel(panel map[string]any, at string) []string {
	kind, _ := panel["type"].(string)
	if !slices.Contains(s.PanelTypes, strings.ReplaceAll(kind, "-", "")) {
		return []string{fmt.Sprintf("%s.type: got %q, want a panel of Grafana", at, kind)}
	}
	found := s.check(kind+".Options", panel["options"], at+".options", false)
	config, _ := panel["fieldConfig"].(map[string]any)
	defaults, _ := config["defaults"].(map[string]any)
	if custom, ok := defaults["custom"]; ok {
		found = append(found, s.check(kind+".FieldConfig", custom, at+".custom", false)...)
	}
	return found
}

// check compares a value with a type; strict requires the required fields.
func (s schema) check(want string, value any, at string, strict bool) []string {
	// The bar in "[A | B]" belongs to the elements of the list.
	if alternatives := strings.Split(want, " | "); len(alternatives) > 1 && strings.Count(alternatives[0], "[") == strings.Count(alternatives[0], "]") {
		return s.union(alternatives, value, at, strict)
	}
	wrong := []string{fmt.Sprintf("%s: got %.40q, want %s", at, fmt.Sprint(value), want)}
	switch got := value.(type) {
	case nil:
		return unless(want == "null" || want == "any", wrong)
	case bool:
		return unless(want == "boolean" || want == "any", wrong)
	case float64:
		return unless(want == "number" || want == "any" || want == strconv.FormatFloat(got, 'f', -1, 64), wrong)
	case string:
		return unless(want == "string" || want == "any" || want == "'"+got+"'", wrong)
	case []any:
		return s.list(want, got, at, strict, wrong)
	case map[string]any:
		return s.object(want, got, at, strict, wrong)
	}
	return wrong
}

func unless(ok bool, wrong []string) []string {
	if ok {
		return nil
	}
	return wrong
}

// union returns what is wrong with the alternative that fits best.
func (s schema) union(alternatives []string, value any, at string, strict bool) []string {
	var best []string
	for i, want := range alternatives {
		found := s.check(want, value, at, strict)
		if i == 0 || len(found) < len(best) {
			best = found
		}
	}
	return best
}

func (s schema) list(want string, got []any, at string, strict bool, wrong []string) []string {
	if want == "any" {
		return nil
	}
	if !strings.HasPrefix(want, "[") {
		return wrong
	}
	var found []string
	for i, element := range got {
		found = append(found, s.check(want[1:len(want)-1], element, fmt.Sprintf("%s[%d]", at, i), strict)...)
	}
	return found
}

func (s schema) object(want string, got map[string]any, at string, strict bool, wrong []string) []string {
	if want == "any" {
		return nil
	}
	fields, known := s.Types[want]
	if !known && !strings.HasPrefix(want, "{") {
		return wrong
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(got)) {
		field, ok := fields[name]
		if !ok {
			field, ok = fields[name+"?"]
		}
		switch {
		case !known:
			found = append(found, s.check(want[1:len(want)-1], got[name], at+"."+name, strict)...)
		case !ok:
			found = append(found, fmt.Sprintf("%s.%s: %s has no such field", at, name, want))
		default:
			found = append(found, s.check(field, got[name], at+"."+name, strict)...)
		}
	}
	for name := range fields {
		if _, there := got[name]; strict && !there && !strings.HasSuffix(name, "?") {
			found = append(found, fmt.Sprintf("%s.%s: missing", at, name))
		}
	}
	return found
}

func TestShape(t *testing.T) {
	s := readSchema(t)
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range s.problems(content) {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

// TestShapeRefuses feeds mistakes to the check on the shape.
func TestShapeRefuses(t *testing.T) {
	s := readSchema(t)
	content, err := files.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ old, new, want string }{
		"wrapped as for the API":  {"{\n", "{\"dashboard\": {}, ", "dashboard.dashboard: Dashboard has no such field"},
		"another version":         {`"schemaVersion": 42`, `"schemaVersion": 16`, "dashboard.schemaVersion: got 16, want 42"},
		"a panel that went":       {`"type": "stat"`, `"type": "singlestat"`, `panels[1].type: got "singlestat", want a panel of Grafana`},
		"a misspelled option":     {`"graphMode"`, `"graphmode"`, "panels[1].options.graphmode: stat.Options has no such field"},
		"an option's wrong value": {`"graphMode": "area"`, `"graphMode": "bars"`, "panels[1].options.graphMode: got \"bars\", want 'area'"},
		"an old field":            {`"drawStyle": "line"`, `"yAxes": []`, "panels[2].custom.yAxes: timeseries.FieldConfig has no such field"},
		"a number as text":        {`"decimals": 1`, `"decimals": "1"`, "defaults.decimals: got \"1\", want number"},
		"an unknown query format": {`"format": "table"`, `"format": "csv"`, "targets[0].format: got \"csv\", want 'heatmap'"},
		"a link without a type":   {`"type": "dashboards",`, ``, "dashboard.links[0].type: missing"},
	} {
		found := s.problems([]byte(strings.Replace(string(content), test.old, test.new, 1)))
		if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, test.want) }) {
			t.Errorf("%s: got %q, want %q", name, found, test.want)
		}
	}
}
