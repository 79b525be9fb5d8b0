package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Place leads to a place in the file: keys are strings, entries of a list ints.
type Place []any

// To leads on from p.
func (p Place) To(keys ...any) Place { return append(slices.Clone(p), keys...) }

// String returns the place in words: flows[0].nas.vault.address.
func (p Place) String() string {
	var b strings.Builder
	for i, step := range p {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step)
		}
	}
	return b.String()
}

// locate returns the line of the place, or of the nearest one around it that is
// in the file.
func locate(root *yaml.Node, p Place) (line int) {
	at := root
	for _, step := range p {
		if at == nil {
			return line
		}
		at = target(at)
		switch step := step.(type) {
		case int:
			if at.Kind != yaml.SequenceNode || step >= len(at.Content) {
				return line
			}
			at = at.Content[step]
			line = at.Line
		case string:
			var key *yaml.Node
			if key, at = child(at, step); key != nil {
				line = key.Line
			}
		}
	}
	return line
}

// child finds a key of a mapping; both results are nil where it is not there.
func child(at *yaml.Node, name string) (key, value *yaml.Node) {
	if at.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(at.Content); i += 2 {
		if at.Content[i].Value == name {
			return at.Content[i], at.Content[i+1]
		}
	}
	return nil, nil
}
