// Package configtest writes a secret into every place of a configuration file,
// as somebody does by mistake, and looks for it in what is said about the file.
package configtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// canaries are secrets of several forms, none of them anybody's.
var canaries = []string{
	"hvs.CANARYcanaryCANARYcanary01",
	"lower-case-passphrase-of-nobody",
	"https://user:CANARYcanary01@127.0.0.1:8200/CANARYcanary02?t=CANARYcanary03",
	"CANARYcanary05://127.0.0.1",
}

// damages put a canary, %s, where the file is then no YAML, or hardly any.
var damages = []string{"\"%s\n", "%s\n", "x: *%s\n", "x: !%s y\n", "%%%s\n", "x: !!binary %s\n", "x: !!int %s\n", "---\n%s: [\n"}

// NeverQuoted fails where the error of load quotes a canary that stands in the
// place of any value, section or key of the file at path, or beside them.
func NeverQuoted(t *testing.T, path string, load func(path string) error) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	try := func(content, canary, where string) {
		t.Helper()
		if err := os.WriteFile(bad, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := load(bad); err != nil && quotes(err.Error(), canary) {
			t.Errorf("%s: got it quoted: %s", where, err)
		}
	}
	for _, canary := range canaries {
		for i := range nodes(parse(t, text)) {
			root := parse(t, text)
			n := nodes(root)[i]
			where := fmt.Sprintf("in the place of line %d, column %d", n.Line, n.Column)
			*n = yaml.Node{Kind: yaml.ScalarNode, Value: canary}
			replaced, err := yaml.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			try(string(replaced), canary, where)
		}
		for _, damage := range damages {
			damage = fmt.Sprintf(damage, canary)
			try(string(text)+damage, canary, "at the end")
			try(damage+string(text), canary, "at the start")
		}
	}
}

func parse(t *testing.T, text []byte) *yaml.Node {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	return &root
}

// nodes lists a node's descendants: keys, values, sections and lists.
func nodes(n *yaml.Node) []*yaml.Node {
	var all []*yaml.Node
	for _, child := range n.Content {
		all = append(append(all, child), nodes(child)...)
	}
	return all
}

// quotes looks for eight consecutive bytes of the canary. What is the same in
// every address is no secret.
func quotes(text, canary string) bool {
	for i := 0; i+8 <= len(canary); i++ {
		if part := canary[i : i+8]; !strings.Contains("https://127.0.0.1:8200/", part) && strings.Contains(text, part) {
			return true
		}
	}
	return false
}
