package config

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// maxKeys is what a section may have, right or wrong: the YAML library compares
// each with each, and makes an error of every two that are the same.
const maxKeys = 50

// crowded returns the first section of a document with too many keys, nil where
// there is none.
func crowded(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.MappingNode && len(n.Content) > 2*maxKeys {
		return n
	}
	for _, part := range n.Content {
		if found := crowded(part); found != nil {
			return found
		}
	}
	return nil
}

// aliased reports whether a document has an alias.
func aliased(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, aliased)
}

// maxFlowValues is what a ConfigMap may have, keys and sections included. A flow with
// every key has a quarter of it.
const maxFlowValues = 1000

// maxValuesPerByte bounds what the aliases (*name) of a file stand for: written
// out, a flow that shares its sections with others has some values for each byte.
const maxValuesPerByte = 16

// expansion counts the values of a document with its aliases written out.
type expansion struct {
	sizes map[*yaml.Node]int // of what was counted; open while it is being counted
	limit int
}

const open = -1

// size returns how many values n stands for, more than the limit where it is too
// many or has no end.
func (e *expansion) size(n *yaml.Node) int {
	switch known := e.sizes[n]; {
	case known == open:
		return e.limit + 1 // it contains itself
	case known > 0:
		return known
	}
	e.sizes[n] = open
	size := 1
	if n.Kind == yaml.AliasNode {
		size = e.size(n.Alias)
	}
	for _, part := range n.Content {
		size = min(size+e.size(part), e.limit+1)
	}
	e.sizes[n] = size
	return size
}

// readable reports whether a document of so many bytes can be read within reason,
// and notes what is wrong where not: a short one can stand for more than any memory
// holds. A ConfigMap is one flow, which shares nothing.
func (c *Checker) readable(document *yaml.Node, bytes int) bool {
	e := expansion{sizes: map[*yaml.Node]int{}, limit: bytes * maxValuesPerByte}
	switch section := crowded(document); {
	case section != nil:
		c.note(section.Line, nil, "got a section of %d keys, want at most %d", len(section.Content)/2, maxKeys)
	case c.fence != nil && aliased(document):
		c.note(0, nil, "got an alias (*name), want what it stands for written out")
	case c.fence != nil && e.size(document) > maxFlowValues:
		c.note(0, nil, "got more than %d keys and values, want at most as many: a ConfigMap is one flow", maxFlowValues)
	case e.size(document) > e.limit:
		c.note(0, nil, "got aliases (*name) that stand for too much, or for themselves; write out what they stand for")
	default:
		return true
	}
	return false
}
