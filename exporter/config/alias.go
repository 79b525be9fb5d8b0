package config

import "go.yaml.in/yaml/v3"

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

// expands reports whether a document has an end that is near enough, with its
// aliases written out. A short one can stand for more than any memory holds.
func expands(root *yaml.Node, bytes int) bool {
	e := expansion{sizes: map[*yaml.Node]int{}, limit: bytes * maxValuesPerByte}
	return e.size(root) <= e.limit
}
