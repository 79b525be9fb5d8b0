package config

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/localfile"
)

// Load reads and checks the exporter's configuration, a regular file. Its error
// is an *Error that lists every problem at once. Where each of them is a single
// flow's own, the configuration is returned beside it, with all flows: those that
// have none can be run.
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
	if err == nil {
		return cfg, nil
	}
	if slices.ContainsFunc(err.Problems, func(p Problem) bool { return p.Flow == "" }) {
		return nil, err
	}
	return cfg, err
}

// DecodeOnce reads a YAML file, as LoadOnce does, strictly into out, fills in
// what it left out and then checks what could be decoded, so that one run shows
// the misspelt keys and the wrong values together. Its error is an *Error.
func DecodeOnce(ctx context.Context, path string, out any, setDefaults func(), check func(*Checker)) error {
	if err := decode(path, once(ctx), out, setDefaults, check); err != nil {
		return err
	}
	return nil
}

// decode returns nil where nothing is wrong.
func decode(path string, read reader, out any, setDefaults func(), check func(*Checker)) *Error {
	raw, err := read(path, localfile.MaxBytes)
	if err != nil {
		return &Error{[]Problem{{Path: path, Text: "reading the configuration: " + localfile.Cause(err)}}}
	}
	c := &Checker{path: path}
	c.parse(raw, out, setDefaults, check)
	if len(c.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Line - b.Line })
	return &Error{c.problems}
}

func (c *Checker) parse(raw []byte, out any, setDefaults func(), check func(*Checker)) {
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		c.note(0, nil, "got an empty file")
		return
	case err != nil:
		c.note(lineOf(err), nil, notYAML)
		return
	}
	c.root = document.Content[0]
	switch err := decoder.Decode(&yaml.Node{}); {
	case err == nil:
		c.note(0, nil, "got a second YAML document, want one")
	case !errors.Is(err, io.EOF):
		c.note(lineOf(err), nil, notYAML)
	}
	c.shape(c.root, reflect.TypeOf(out), nil)
	if err := document.Decode(out); err != nil && len(c.problems) == 0 {
		c.note(lineOf(err), nil, "got a value that cannot be read")
		return
	}
	c.Broken = len(c.problems) > 0
	setDefaults()
	check(c)
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
