package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/localfile"
)

// Problem is one thing that is wrong with the file, and where.
type Problem struct {
	// Line is 1-based; 0 where the problem is with the file as a whole.
	Line int
	// Text names the key, what kind of thing it holds and what it should hold. It
	// never quotes the file: what stands there by mistake may be a secret.
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

// Load reads and checks the exporter's configuration, a regular file. Its error
// is an *Error that lists every problem at once.
func Load(path string) (*Config, error) {
	return load(path, localfile.Read)
}

// LoadOnce is Load for whoever does not load again: the file may also be a pipe
// or a terminal, for whose end it waits until ctx ends.
func LoadOnce(ctx context.Context, path string) (*Config, error) {
	return load(path, once(ctx))
}

// reader reads what a path names, at most limit bytes.
type reader func(path string, limit int64) ([]byte, error)

func once(ctx context.Context) reader {
	return func(path string, limit int64) ([]byte, error) { return localfile.ReadStream(ctx, path, limit) }
}

func load(path string, read reader) (*Config, error) {
	cfg := &Config{}
	err := decode(path, read, cfg, cfg.setDefaults, func(c *Checker) { c.config(cfg) })
	if err != nil {
		return nil, err
	}
	return cfg, nil
}

// DecodeOnce reads a YAML file, as LoadOnce does, strictly into out, fills in
// what it left out and then checks what could be decoded, so that one run shows
// the misspelt keys and the wrong values together. Its error is an *Error.
func DecodeOnce(ctx context.Context, path string, out any, setDefaults func(), check func(*Checker)) error {
	return decode(path, once(ctx), out, setDefaults, check)
}

func decode(path string, read reader, out any, setDefaults func(), check func(*Checker)) error {
	raw, err := read(path, localfile.MaxBytes)
	if err != nil {
		return &Error{Path: path, Problems: []Problem{{Text: "reading the configuration: " + localfile.Cause(err)}}}
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
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	err := decoder.Decode(&root)
	if errors.Is(err, io.EOF) {
		return []Problem{{Text: "got an empty file"}}
	}
	if err != nil {
		return []Problem{{Line: lineOf(err), Text: notYAML}}
	}
	c := &Checker{root: root.Content[0]}
	switch err := decoder.Decode(&yaml.Node{}); {
	case err == nil:
		c.problems = []Problem{{Text: "got a second YAML document, want one"}}
	case !errors.Is(err, io.EOF):
		c.problems = []Problem{{Line: lineOf(err), Text: notYAML}}
	}
	c.shape(c.root, reflect.TypeOf(out), nil)
	if err := root.Decode(out); err != nil && len(c.problems) == 0 {
		return []Problem{{Line: lineOf(err), Text: "got a value that cannot be read"}}
	}
	c.Broken = len(c.problems) > 0
	setDefaults()
	check(c)
	return c.problems
}

const notYAML = "this is no YAML; look for an open quote, a wrong indentation, or a colon without a space behind it"

var atLine = regexp.MustCompile(`line (\d+):`)

// lineOf returns the line that an error of the YAML library names. The rest of
// its text quotes the file and is dropped.
func lineOf(err error) (line int) {
	if m := atLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	return line
}
