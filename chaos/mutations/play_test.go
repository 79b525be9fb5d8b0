//go:build !race

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/chaos/simulation"
)

var faults = flag.String("faults", "", "the faults that are played, separated by commas; a script's path ends in .txt")

// TestPlay plays the named faults, each for some slots: long enough to be named
// and to be over.
func TestPlay(t *testing.T) {
	if *faults == "" {
		t.Skip("-faults names none")
	}
	for name := range strings.SplitSeq(*faults, ",") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Setenv("MUTATIONS_FAULT", name)
			text, secure := fmt.Sprintf("wait 73s\nbreak %s\nwait 7m\nheal %s\nwait 8m", name, name), false
			if strings.HasSuffix(name, ".txt") {
				content, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				text = string(content)
			}
			for _, f := range chaos.Simulated() {
				secure = secure || f.Name == name && simulation.NeedsTLS(f)
			}
			script, err := simulation.Parse(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			h := simulation.Run(t, script, simulation.Options{TLS: secure})
			if found := oracle.Judge(h); len(found) > 0 {
				t.Fatal(found[0])
			}
			if strings.HasSuffix(name, ".txt") {
				return
			}
			for _, s := range oracle.Spells(h) {
				if s.Detected < 0 && blames(name) || s.Recovered < 0 {
					t.Fatalf("got something that never came: %s", s)
				}
			}
		})
		if t.Failed() {
			return
		}
	}
}

func blames(name string) bool {
	for _, f := range chaos.Faults() {
		if f.Name == name {
			return f.Hop != ""
		}
	}
	return false
}
