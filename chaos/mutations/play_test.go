//go:build !race

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/chaos/simulation"
	"homelab.io/vault-health-exporter/exporter/flow"
)

var faults = flag.String("faults", "", "the faults that are played, separated by commas; a script's path ends in .txt")

var judged = flag.String("judged", "", "a file of what the rule of blame is asked about")

// TestJudge prints what the rule of blame says of each line of the file.
func TestJudge(t *testing.T) {
	if *judged == "" {
		t.Skip("-judged names no file")
	}
	content, err := os.ReadFile(*judged)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		fault, text, _ := strings.Cut(line, "\t")
		var readings flow.Readings
		if err := json.Unmarshal([]byte(text), &readings); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s%s\t%v\n", answer, fault, flow.Judge(readings))
	}
}

// TestPlay plays the named faults, each for three slots, with copiers that run
// every minute: long enough to be named and to be over.
func TestPlay(t *testing.T) {
	if *faults == "" {
		t.Skip("-faults names none")
	}
	for name := range strings.SplitSeq(*faults, ",") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Setenv("MUTATIONS_FAULT", name)
			f, known := chaos.Find(name)
			script, options := simulation.Brief(f), simulation.Options{TLS: simulation.NeedsTLS(f), Copiers: time.Minute}
			if !known { // a script
				content, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if script, err = simulation.Parse(bytes.NewReader(content)); err != nil {
					t.Fatal(err)
				}
				options = simulation.Options{}
			}
			h := simulation.Run(t, script, options)
			if found := oracle.Judge(h); len(found) > 0 {
				t.Fatal(found[0])
			}
			if !known {
				return
			}
			for _, s := range oracle.Spells(h) {
				if s.Detected < 0 && f.Hop != "" || s.Recovered < 0 {
					t.Fatalf("got something that never came: %s", s)
				}
			}
		})
		if t.Failed() {
			return
		}
	}
}
