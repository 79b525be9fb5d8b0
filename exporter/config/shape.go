package config

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// secret has the forms in which a secret is written into the file by mistake:
// a Vault token, a JWT, a private key.
var secret = regexp.MustCompile(`\bhv[sbr]\.[\w-]{16}|\b[sbr]\.[A-Za-z0-9]{24}(\.|$)|\beyJ[\w-]{8,}\.|PRIVATE KEY-|AGE-SECRET-KEY-`)

// shape compares what the file holds with the type that it is decoded into. The
// YAML library would do so too, but its errors quote what they are about.
func (c *Checker) shape(n *yaml.Node, t reflect.Type, at Place) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	n = target(n)
	switch {
	case n.ShortTag() == "!!null":
		c.note(n.Line, at, "it is empty; write {} for its defaults, or remove it")
	case t.Kind() == reflect.Struct:
		c.section(n, t, at)
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, entry := range n.Content {
			c.shape(entry, t.Elem(), at.To(i))
		}
	case !fits(n, t):
		c.note(n.Line, at, "got %s, want %s", kindOf(n), wanted(t))
	case secret.MatchString(n.Value):
		c.note(n.Line, at, "got %s in the form of a secret; secrets are never written into this file, want them in files of their own", kindOf(n))
	}
}

// section compares a mapping with the keys of a struct.
func (c *Checker) section(n *yaml.Node, t reflect.Type, at Place) {
	if n.Kind != yaml.MappingNode {
		c.note(n.Line, at, "got %s, want %s", kindOf(n), wanted(t))
		return
	}
	known := fields(t)
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, ok := known[key.Value]
		switch {
		case key.ShortTag() == "!!merge":
			for _, merged := range sections(value) {
				c.shape(merged, t, at)
			}
		case !ok:
			c.note(key.Line, at, "got an unknown key, want one of %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case first[key.Value] > 0:
			c.note(key.Line, at.To(key.Value), "got it twice, want it once; it is on line %d too", first[key.Value])
			n.Content = slices.Delete(n.Content, i, i+2) // or nothing of the section could be decoded
			i -= 2
		default:
			first[key.Value] = key.Line
			c.shape(value, field, at.To(key.Value))
		}
	}
}

// sections returns what a merge key refers to: one section, or a list of them.
func sections(n *yaml.Node) []*yaml.Node {
	if n = target(n); n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// target follows an alias to what it stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// fields maps the keys of a section to the types behind them.
func fields(t reflect.Type) map[string]reflect.Type {
	known := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		known[name] = t.Field(i).Type
	}
	return known
}

// fits reports whether a node that is no section can be decoded into t.
func fits(n *yaml.Node, t reflect.Type) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	switch t.Kind() {
	case reflect.String:
		return true
	case reflect.Bool:
		return n.ShortTag() == "!!bool"
	case reflect.Int:
		return n.ShortTag() == "!!int"
	}
	_, err := time.ParseDuration(n.Value)
	return t == reflect.TypeFor[time.Duration]() && err == nil
}

// wanted says what t is in the file.
func wanted(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration such as 30s or 5m"
	case t.Kind() == reflect.Slice:
		return "a list"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Int:
		return "a number"
	case t.Kind() == reflect.Bool:
		return "true or false"
	}
	return "a section of keys"
}

// kindOf says what a node is without what it holds: that may be a secret.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a section of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	return text(n.Value)
}

// text says of a value how long it is, and nothing else.
func text(value string) string { return fmt.Sprintf("a text of %d characters", len([]rune(value))) }
