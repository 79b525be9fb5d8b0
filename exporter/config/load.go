package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is one thing that is wrong with the file, and where.
type Problem struct {
	// Line is 1-based; 0 where the problem is with the file as a whole.
	Line int
	// Text names the key, what it holds and what it should hold.
	Text string
}

// Error is everything that is wrong with a configuration file.
type Error struct {
	Path     string
	Problems []Problem
}

// Error lists the problems, one a line, each as PATH:LINE: TEXT.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("%s:%d: %s", e.Path, p.Line, p.Text)
		if p.Line == 0 {
			lines[i] = fmt.Sprintf("%s: %s", e.Path, p.Text)
		}
	}
	return strings.Join(lines, "\n")
}

// Load reads and checks the exporter's configuration. Its error is an *Error
// that lists every problem at once.
func Load(path string) (*Config, error) {
	cfg := &Config{}
	err := Decode(path, cfg, cfg.setDefaults, func(c *Checker) { c.config(cfg) })
	if err != nil {
		return nil, err
	}
	return cfg, nil
}

// Decode reads a YAML file strictly into out, fills in what it left out and
// then checks what could be decoded, so that one run shows the misspelt keys
// and the wrong values together. Its error is an *Error.
func Decode(path string, out any, setDefaults func(), check func(*Checker)) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return &Error{Path: path, Problems: []Problem{{Text: "reading the configuration: " + cause(err)}}}
	}
	problems := parse(raw, out, setDefaults, check)
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
		return &Error{Path: path, Problems: problems}
	}
	return nil
}

func parse(raw []byte, out any, setDefaults func(), check func(*Checker)) []Problem {
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return syntaxProblems(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	err := decoder.Decode(out)
	if errors.Is(err, io.EOF) {
		return []Problem{{Text: "got an empty file"}}
	}
	problems := syntaxProblems(err)
	if !errors.Is(decoder.Decode(&yaml.Node{}), io.EOF) {
		problems = append(problems, Problem{Text: "got a second YAML document, want one"})
	}
	problems = append(problems, emptySections(&root)...)
	setDefaults()
	c := &Checker{root: &root, Broken: len(problems) > 0}
	check(c)
	return append(problems, c.problems...)
}

var (
	atLine   = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	unknown  = regexp.MustCompile(`^field (\S+) not found in type \S+$`)
	mistyped = regexp.MustCompile("^cannot unmarshal \\S+ `.*` into (.*)$")
	mistype2 = regexp.MustCompile(`^cannot unmarshal \S+ into (.*)$`)
)

// syntaxProblems rewrites the YAML library's errors, which speak of Go types
// and quote values, into errors about the file.
func syntaxProblems(err error) []Problem {
	var typed *yaml.TypeError
	var texts []string
	switch {
	case err == nil:
		return nil
	case errors.As(err, &typed):
		texts = typed.Errors
	default:
		texts = []string{err.Error()}
	}
	problems := make([]Problem, len(texts))
	for i, text := range texts {
		if m := atLine.FindStringSubmatch(text); m != nil {
			_, _ = fmt.Sscan(m[1], &problems[i].Line)
			text = m[2]
		}
		problems[i].Text = plain(text)
	}
	return problems
}

func plain(text string) string {
	if m := unknown.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("unknown key %q", m[1])
	}
	for _, form := range []*regexp.Regexp{mistyped, mistype2} {
		if m := form.FindStringSubmatch(text); m != nil {
			return "got a value of the wrong kind, want " + kind(m[1])
		}
	}
	return strings.TrimPrefix(text, "yaml: ")
}

func kind(goType string) string {
	switch {
	case goType == "time.Duration":
		return "a duration such as 30s or 5m"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case goType == "string":
		return "a string"
	}
	return "a section of keys"
}

// emptySections finds keys with nothing behind them. YAML takes them for
// absent, so a hop that was meant to be there would silently not be.
func emptySections(n *yaml.Node) []Problem {
	var problems []Problem
	for i, child := range n.Content {
		if n.Kind != yaml.MappingNode {
			problems = append(problems, emptySections(child)...)
			continue
		}
		if i%2 == 1 {
			key := n.Content[i-1]
			if child.Tag == "!!null" {
				problems = append(problems, Problem{Line: key.Line, Text: fmt.Sprintf("key %q is empty; write {} for its defaults, or remove it", key.Value)})
			}
			problems = append(problems, emptySections(child)...)
		}
	}
	return problems
}

// cause is the part of a file error that does not repeat the path.
func cause(err error) string {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "the file does not exist"
	case errors.Is(err, os.ErrPermission):
		return "the file may not be read"
	}
	return "the file cannot be read"
}
