package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
)

// TestWhoseMistake: what is wrong with one flow is that flow's alone; what is
// wrong with the whole, or leaves open which flow is meant, is nobody's.
func TestWhoseMistake(t *testing.T) {
	const good = "- {name: good, nas: {vault: {address: 'https://nas:8200'}}}\n"
	for _, test := range []struct{ name, content, flow string }{
		{"an unknown key", good + "- {name: bad, intervall: 5s, nas: {vault: {address: 'https://nas:8200'}}}", "bad"},
		{"a file that is missing", good + "- {name: bad, nas: {vault: {address: 'https://nas:8200', tls: {ca_file: /nowhere}}}}", "bad"},
		{"a wrong kind", good + "- {name: bad, nas: [vault]}", "bad"},
		{"no hop", good + "- {name: bad}", "bad"},
		{"a secret", good + "- {name: bad, nas: {vault: {address: hvs.EXAMPLE0example0EXAMPLE0}}}", "bad"},
		{"a key that is there twice", good + "- {name: bad, interval: 5s, interval: 6s, nas: {vault: {address: 'https://nas:8200'}}}", "bad"},
		{"no name, and no other flow", "- {intervall: 5s, nas: {vault: {address: 'https://nas:8200'}}}", "qnap"},
		{"no name beside others", good + "- {nmae: bad, nas: {vault: {address: 'https://nas:8200'}}}", ""},
		{"a name that is none", good + "- {name: Bad Name, nas: {vault: {address: 'https://nas:8200'}}}", ""},
		{"a name of a wrong kind", good + "- {name: [bad], nas: {vault: {address: 'https://nas:8200'}}}", ""},
		{"no section", good + "- bad", ""},
		{"an empty entry", good + "-", ""},
		{"a name that is there twice", good + good, ""},
		{"an unknown key at the top", good + "flow: []", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(path, []byte("flows:\n"+test.content+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load(path)
			var wrong *config.Error
			if !errors.As(err, &wrong) || (cfg == nil) != (test.flow == "") {
				t.Fatalf("got a configuration: %t, and error %v", cfg != nil, err)
			}
			whose := func(p config.Problem) bool {
				return p.Flow == test.flow && p.Outside == strings.Contains(test.name, "file")
			}
			if !slices.ContainsFunc(wrong.Problems, whose) {
				t.Errorf("got %+v, want a mistake of flow %q", wrong.Problems, test.flow)
			}
			if cfg != nil && len(wrong.ByFlow()) != 1 {
				t.Errorf("got mistakes of %d flows, want one", len(wrong.ByFlow()))
			}
		})
	}
}

// TestOneOfManyFlows: the others are there, and every mistake is listed.
func TestOneOfManyFlows(t *testing.T) {
	const flows = 5000
	var text strings.Builder
	text.WriteString("flows:\n")
	for i := range flows {
		key := "interval"
		if i == 4321 {
			key = "intervall"
		}
		fmt.Fprintf(&text, "- {name: nas-%d, %s: 30s, nas: {vault: {address: 'https://nas-%d:8200'}}}\n", i, key, i)
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if cfg == nil || len(cfg.Flows) != flows {
		t.Fatalf("got %v, want all flows", err)
	}
	if want := path + ":4323: flows[4321]: got an unknown key, want one of "; err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want %s", err, want)
	}
}
