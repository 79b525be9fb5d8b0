// Package dashboards holds the Grafana dashboards and what guards them. The
// JSON files are the source; Grafana's classic model is described by
// grafana_schema.json, and everything else that carries the dashboards is
// generated from them and compared in a test.
package dashboards

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed hop-detail.json nas-to-homelab-automation-health.json quality.json
var files embed.FS

// names are the dashboards' files, the one that a person opens first in front.
var names = []string{"nas-to-homelab-automation-health.json", "hop-detail.json", "quality.json"}

// Dashboard is the part of Grafana's classic model that the tests, the check
// and the pictures look at.
type Dashboard struct {
	// File is the name of the file that it was read from.
	File string `json:"-"`

	UID           string   `json:"uid"`
	ID            *int     `json:"id"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	Tags          []string `json:"tags"`
	SchemaVersion int      `json:"schemaVersion"`
	Editable      bool     `json:"editable"`
	GraphTooltip  int      `json:"graphTooltip"`
	Refresh       string   `json:"refresh"`
	Links         []Link   `json:"links"`
	Panels        []Panel  `json:"panels"`
	Templating    struct {
		List []Variable `json:"list"`
	} `json:"templating"`
	Annotations struct {
		List []Annotation `json:"list"`
	} `json:"annotations"`
}

// Link leads to other dashboards.
type Link struct {
	Type        string   `json:"type"`
	Tags        []string `json:"tags"`
	IncludeVars bool     `json:"includeVars"`
	KeepTime    bool     `json:"keepTime"`
}

// Variable is one of the selections at the top of a dashboard.
type Variable struct {
	Name       string         `json:"name"`
	Label      string         `json:"label"`
	Type       string         `json:"type"`
	Datasource *DatasourceRef `json:"datasource"`
	// Query is a string or an object, depending on Type.
	Query      json.RawMessage `json:"query"`
	Refresh    int             `json:"refresh"`
	Multi      bool            `json:"multi"`
	IncludeAll bool            `json:"includeAll"`
	AllValue   string          `json:"allValue"`
}

// DatasourceRef names a data source.
type DatasourceRef struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// Annotation is a query whose results are events on the time axis.
type Annotation struct {
	Name       string         `json:"name"`
	Datasource *DatasourceRef `json:"datasource"`
	Target     Target         `json:"target"`
}

// Panel is one panel or the heading of a row of them.
type Panel struct {
	ID          int            `json:"id"`
	Type        string         `json:"type"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	GridPos     GridPos        `json:"gridPos"`
	Datasource  *DatasourceRef `json:"datasource"`
	TimeFrom    string         `json:"timeFrom"`
	Targets     []Target       `json:"targets"`
	FieldConfig struct {
		Defaults  Field      `json:"defaults"`
		Overrides []Override `json:"overrides"`
	} `json:"fieldConfig"`
	Options         json.RawMessage `json:"options"`
	Transformations json.RawMessage `json:"transformations"`
}

// GridPos is a panel's place on a grid that is 24 columns wide.
type GridPos struct{ X, Y, W, H int }

// Target is one query of a panel.
type Target struct {
	RefID        string         `json:"refId"`
	Datasource   *DatasourceRef `json:"datasource"`
	Expr         string         `json:"expr"`
	LegendFormat string         `json:"legendFormat"`
	Instant      bool           `json:"instant"`
	Range        bool           `json:"range"`
	Format       string         `json:"format"`
	Exemplar     bool           `json:"exemplar"`
}

// Field says how a panel shows its values.
type Field struct {
	Unit       string   `json:"unit"`
	Decimals   *int     `json:"decimals"`
	Min        *float64 `json:"min"`
	Max        *float64 `json:"max"`
	NoValue    string   `json:"noValue"`
	Thresholds struct {
		Steps []struct {
			Color string   `json:"color"`
			Value *float64 `json:"value"`
		} `json:"steps"`
	} `json:"thresholds"`
	Mappings []Mapping `json:"mappings"`
	// Custom is what the panel's type adds.
	Custom json.RawMessage `json:"custom"`
}

// Mapping replaces values by words.
type Mapping struct {
	Type    string `json:"type"`
	Options map[string]struct {
		Text  string `json:"text"`
		Color string `json:"color"`
	} `json:"options"`
}

// Override changes a Field for some of the series.
type Override struct {
	Matcher struct {
		ID      string `json:"id"`
		Options string `json:"options"`
	} `json:"matcher"`
	Properties []struct {
		ID    string          `json:"id"`
		Value json.RawMessage `json:"value"`
	} `json:"properties"`
}

// Load returns every dashboard.
func Load() ([]Dashboard, error) {
	var all []Dashboard
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		d := Dashboard{File: name}
		if err := json.Unmarshal(content, &d); err != nil {
			return nil, fmt.Errorf("reading %q: %w", name, err)
		}
		all = append(all, d)
	}
	return all, nil
}
