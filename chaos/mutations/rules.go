package main

import (
	"bytes"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// How an alert is broken.
const (
	neverFires = "an expression that never holds"
	tooLate    = "for 1000h"
)

// breakRule returns the rule file with one alert broken; changed is false where
// the alert is not in it.
func breakRule(content []byte, alert, how string) (broken []byte, changed bool, err error) {
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, false, fmt.Errorf("reading the rules: %w", err)
	}
	for _, rule := range mappings(&document) {
		if name := value(rule, "alert"); name == nil || name.Value != alert {
			continue
		}
		changed = true
		if how == neverFires {
			value(rule, "expr").Value = "vector(1) < 0"
			continue
		}
		if late := value(rule, "for"); late != nil {
			late.Value = "1000h"
			continue
		}
		rule.Content = append(rule.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "for"}, &yaml.Node{Kind: yaml.ScalarNode, Value: "1000h"})
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&document); err != nil {
		return nil, false, fmt.Errorf("writing the rules: %w", err)
	}
	return out.Bytes(), changed, nil
}

// without leaves all other alerts out of a rule file: none of them reads another.
func without(content []byte, alert string) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, fmt.Errorf("reading the rules: %w", err)
	}
	for _, group := range mappings(&document) {
		if rules := value(group, "rules"); rules != nil {
			rules.Content = slices.DeleteFunc(rules.Content, func(rule *yaml.Node) bool {
				name := value(rule, "alert")
				return name != nil && name.Value != alert
			})
		}
	}
	return yaml.Marshal(&document)
}

// mappings are all mappings in a document.
func mappings(n *yaml.Node) []*yaml.Node {
	var all []*yaml.Node
	if n.Kind == yaml.MappingNode {
		all = append(all, n)
	}
	for _, child := range n.Content {
		all = append(all, mappings(child)...)
	}
	return all
}

// value is what a mapping has for a key, nil for nothing.
func value(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}
