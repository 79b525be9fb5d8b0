package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is one thing that is wrong with a file, and where.
type Problem struct {
	Path string
	// Line is 1-based; 0 where the problem is with the file as a whole.
	Line int
	// Text names the key, what kind of thing it holds and what it should hold. It
	// never quotes the file: what stands there by mistake may be a secret.
	Text string
	// Flow is the flow whose own mistake it is, and nobody else's; "" where the
	// configuration as a whole is wrong.
	Flow string
	// Outside says that what is written is right, and a file or folder that it names
	// is not: it may be right the next time somebody looks.
	Outside bool

	at Place
}

// String returns the problem as PATH:LINE: TEXT.
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.Path, p.Text)
	}
	return fmt.Sprintf("%s:%d: %s", p.Path, p.Line, p.Text)
}

// Error is everything that is wrong with a configuration.
type Error struct{ Problems []Problem }

// Error lists the problems, one a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// ByFlow returns the problems of single flows by the flow's name.
func (e *Error) ByFlow() map[string][]Problem {
	flows := map[string][]Problem{}
	for _, p := range e.Problems {
		if p.Flow != "" {
			flows[p.Flow] = append(flows[p.Flow], p)
		}
	}
	return flows
}

// OfNobody returns the problems that are not of a single flow.
func (e *Error) OfNobody() []Problem {
	return slices.DeleteFunc(slices.Clone(e.Problems), func(p Problem) bool { return p.Flow != "" })
}

// owner returns the name of the flow that a problem is the own of. It is none
// where the flow's name itself is in doubt: nobody could say then who is meant.
func (c *Checker) owner(p Problem, flows []Flow) string {
	if len(p.at) < 2 || p.at[0] != "flows" {
		return ""
	}
	i, _ := p.at[1].(int)
	if i >= len(flows) || len(p.at) > 2 && p.at[2] == "name" {
		return ""
	}
	_, list := child(c.root, "flows")
	if list == nil || target(list).Kind != yaml.SequenceNode || len(target(list).Content) != len(flows) {
		return ""
	}
	entry := target(target(list).Content[i])
	if name, _ := child(entry, "name"); entry.Kind != yaml.MappingNode || name == nil && len(flows) > 1 {
		return ""
	}
	return flows[i].Name
}
