package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
	"homelab.io/vault-health-exporter/exporter/metrics"
)

// TestEveryFlowIsInOneShard: also one with a mistake, which is told by the process
// that has it, and by no other.
func TestEveryFlowIsInOneShard(t *testing.T) {
	const flows, shards = 40, 4
	file := filepath.Join(t.TempDir(), "flows.yaml")
	var text strings.Builder
	text.WriteString("flows:\n")
	for i := range flows {
		fmt.Fprintf(&text, "- {name: nas-%d, nas: {vault: {address: 'http://127.0.0.1:1'}}}\n", i)
	}
	text.WriteString("- {name: bad, intervall: 1s, nas: {vault: {address: 'http://127.0.0.1:1'}}}\n")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	seen, told := map[string]int{}, 0
	for number := range uint64(shards) {
		shard := metrics.Shard{Number: number, Of: shards}
		cfg, err := discovery.New(serveCommand{configFile: file}.loader(nil, nil), shard.Has).Load(t.Context())
		for _, f := range cfg.Flows {
			seen[f.Name]++
		}
		if (err != nil) != shard.Has("bad") {
			t.Errorf("shard %s: got error %v, want it where the flow is", shard, err)
		}
		if err != nil {
			told++
		}
		if len(cfg.Flows) > flows/2 {
			t.Errorf("shard %s: got %d flows of %d", shard, len(cfg.Flows), flows)
		}
	}
	if len(seen) != flows+1 || told != 1 {
		t.Errorf("got %d flows, and the mistake from %d shards, want %d and one", len(seen), told, flows+1)
	}
	for name, times := range seen {
		if times != 1 {
			t.Errorf("%s: got it in %d shards, want one", name, times)
		}
	}
}

// TestWhatIsWrongAsAWholeIsWrongInEveryShard.
func TestWhatIsWrongAsAWholeIsWrongInEveryShard(t *testing.T) {
	whole := &config.Error{Problems: []config.Problem{{Path: "flows.yaml", Text: "got an empty file"}}}
	file := func() (*config.Config, error) { return nil, whole }
	if cfg, err := discovery.New(file, metrics.Shard{Number: 1, Of: 2}.Has).Load(t.Context()); cfg != nil || err == nil {
		t.Errorf("got %v and %v, want the mistake", cfg, err)
	}
}

func TestTheShardOfTheCommandLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flow.yaml")
	if err := os.WriteFile(file, []byte(oneFlow), 0o600); err != nil {
		t.Fatal(err)
	}
	has := metrics.Shard{Number: 0, Of: 2}.Has("qnap")
	with, without := "0/2", "1/2"
	if !has {
		with, without = without, with
	}
	for _, test := range []struct {
		shard string
		exit  int
		says  string
	}{
		{with, exitFailed, "flows=1 of=1"},
		{without, exitOK, "flows=0 of=1"}, // the other process has the flow
		{"2/2", exitUnusable, `reading --shard: got "2/2", want I/N`},
		{"x", exitUnusable, `reading --shard: got "x", want I/N`},
	} {
		var out bytes.Buffer
		exit := run(t.Context(), []string{"--config.file=" + file, "--shard=" + test.shard, "--once"}, &out, &out)
		if exit != test.exit || !strings.Contains(out.String(), test.says) {
			t.Errorf("--shard=%s: got exit code %d and %q, want %d and %s", test.shard, exit, &out, test.exit, test.says)
		}
	}
	if diff := cmp.Diff("", metrics.Shard{}.String()); diff != "" {
		t.Error(diff)
	}
}
