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

// locate returns the line of the place, or of the nearest one around it that
// is in the file, and the place in words: flows[0].nas.vault.address.
func locate(root *yaml.Node, p Place) (line int, place string) {
	var b strings.Builder
	at := root
	if at.Kind == yaml.DocumentNode && len(at.Content) > 0 {
		at = at.Content[0]
	}
	for _, step := range p {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
			if at != nil && at.Kind == yaml.SequenceNode && step < len(at.Content) {
				at = at.Content[step]
				line = at.Line
				continue
			}
			at = nil
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step)
			var key *yaml.Node
			key, at = child(at, step)
			if key != nil {
				line = key.Line
			}
		}
	}
	return line, b.String()
}

// child finds a key of a mapping; both results are nil where it is not there.
func child(at *yaml.Node, name string) (key, value *yaml.Node) {
	if at == nil || at.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(at.Content); i += 2 {
		if at.Content[i].Value == name {
			return at.Content[i], at.Content[i+1]
		}
	}
	return nil, nil
}
