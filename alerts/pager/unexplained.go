package pager

import "go.yaml.in/yaml/v3"

// unexplained returns a file of rules without what explains an alert to people:
// it decides nothing, and Prometheus expands it at every evaluation.
func unexplained(content []byte) ([]byte, error) {
	var file struct {
		Groups []struct {
			Name     string
			Interval string           `yaml:"interval,omitempty"`
			Rules    []map[string]any `yaml:"rules"`
		}
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		return nil, err
	}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			delete(r, "annotations")
		}
	}
	return yaml.Marshal(file)
}
