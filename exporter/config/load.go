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

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/localfile"
)

// Load reads and checks the exporter's configuration: a regular file, or a folder
// of them, whose flows are taken together. Its error is an *Error that lists every
// problem at once. Where each of them is a single flow's own, the configuration is
// returned beside it, with all flows: those that have none can be run.
func Load(path string) (*Config, error) {
	return load(path, localfile.Read)
}

// LoadOnce is Load for whoever does not load again: the file may also be a pipe
// or a terminal, for whose end it waits until ctx ends.
func LoadOnce(ctx context.Context, path string) (*Config, error) {
	return load(path, func(path string, limit int64) ([]byte, error) { return localfile.ReadStream(ctx, path, limit) })
}

// reader reads what a path names, at most limit bytes.
type reader func(path string, limit int64) ([]byte, error)

func load(path string, read reader) (*Config, error) {
	files, err := sources(path, read)
	if err != nil {
		return nil, &Error{[]Problem{{Path: path, Text: err.Error()}}}
	}
	all, seen := &Config{}, &sightings{}
	var problems []Problem
	size := 0
	for _, file := range files {
		raw, err := file.read(localfile.MaxBytes)
		if size += len(raw); size > maxFolderBytes {
			return nil, &Error{[]Problem{{Path: path, Text: fmt.Sprintf("got more than %d bytes in its files, want at most as many", maxFolderBytes)}}}
		}
		part := &Config{}
		problems = append(problems, decode(file.path, raw, err, part, part.setDefaults, func(c *Checker) { c.config(part, seen) })...)
		all.Flows = append(all.Flows, part.Flows...)
		if part.Discovery != nil {
			all.Discovery = part.Discovery
		}
	}
	switch {
	case len(problems) == 0:
		return all, nil
	case slices.ContainsFunc(problems, func(p Problem) bool { return p.Flow == "" }):
		return nil, &Error{problems}
	}
	return all, &Error{problems}
}

// DecodeOnce reads a YAML file, as LoadOnce does, strictly into out, fills in
// what it left out and then checks what could be decoded, so that one run shows
// the misspelt keys and the wrong values together. Its error is an *Error.
func DecodeOnce(ctx context.Context, path string, out any, setDefaults func(), check func(*Checker)) error {
	raw, err := localfile.ReadStream(ctx, path, localfile.MaxBytes)
	if problems := decode(path, raw, err, out, setDefaults, check); len(problems) > 0 {
		return &Error{problems}
	}
	return nil
}

// decode returns what is wrong with a file, by line; err is that of reading it.
func decode(path string, raw []byte, err error, out any, setDefaults func(), check func(*Checker)) []Problem {
	c := &Checker{path: path}
	if err != nil {
		c.note(0, nil, "reading the configuration: %s", localfile.Cause(err))
		return c.problems
	}
	c.parse(raw, out, setDefaults, check)
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Line - b.Line })
	return c.problems
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
	if !c.readable(&document, len(raw)) {
		return
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
