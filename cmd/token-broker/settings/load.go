package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/config"
)

// Command is a command that the file is loaded for.
type Command string

// The commands.
const (
	Cycle       Command = "cycle"
	RotateToken Command = "rotate"
	TakeBackup  Command = "snapshot"
	CheckHealth Command = "health-check"
)

// Load reads the file and checks that it has what the command needs. Its error
// is a *config.Error that lists every problem at once.
func Load(path string, command Command) (*Settings, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, &config.Error{Path: path, Problems: []config.Problem{{Text: "reading the configuration: " + cause(err)}}}
	}
	s, problems := parse(raw, command)
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b config.Problem) int { return a.Line - b.Line })
		return nil, &config.Error{Path: path, Problems: problems}
	}
	return s, nil
}

// parse decodes strictly, then checks what could be decoded, so that one run
// shows the misspelt keys and the wrong values together.
func parse(raw []byte, command Command) (*Settings, []config.Problem) {
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return nil, syntaxProblems(err)
	}
	s := &Settings{}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	err := decoder.Decode(s)
	if errors.Is(err, io.EOF) {
		return nil, []config.Problem{{Text: "got an empty file, want at least nas.vault"}}
	}
	problems := syntaxProblems(err)
	if !errors.Is(decoder.Decode(&yaml.Node{}), io.EOF) {
		problems = append(problems, config.Problem{Text: "got a second YAML document, want one"})
	}
	problems = append(problems, emptySections(&root)...)
	s.setDefaults()
	v := validator{root: &root, broken: len(problems) > 0}
	v.settings(s, command)
	return s, append(problems, v.problems...)
}

var (
	atLine  = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	unknown = regexp.MustCompile(`^field (\S+) not found in type \S+$`)
)

// syntaxProblems rewrites the YAML library's errors, which speak of Go types
// and quote values, into errors about the file.
func syntaxProblems(err error) []config.Problem {
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
	problems := make([]config.Problem, len(texts))
	for i, text := range texts {
		if m := atLine.FindStringSubmatch(text); m != nil {
			problems[i].Line, _ = strconv.Atoi(m[1])
			text = m[2]
		}
		problems[i].Text = strings.TrimPrefix(text, "yaml: ")
		if m := unknown.FindStringSubmatch(text); m != nil {
			problems[i].Text = fmt.Sprintf("unknown key %q", m[1])
		} else if strings.HasPrefix(text, "cannot unmarshal ") {
			problems[i].Text = "got a value of the wrong kind"
		}
	}
	return problems
}

// emptySections finds keys with nothing behind them. YAML takes them for
// absent, so a section that was meant to be there would silently not be.
func emptySections(n *yaml.Node) []config.Problem {
	var problems []config.Problem
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && child.Tag == "!!null" {
			key := n.Content[i-1]
			problems = append(problems, config.Problem{Line: key.Line, Text: fmt.Sprintf("key %q is empty; write {} for its defaults, or remove it", key.Value)})
		}
		problems = append(problems, emptySections(child)...)
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
