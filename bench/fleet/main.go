// Command fleet has one exporter watch thousands of flows with every hop, at
// embedded servers in a process of their own, and prints what that takes and
// whether the schedule was kept.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/bench/process"
	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/exporter/tempdir"
)

// settings are what a run may be asked for.
type settings struct {
	exporter    string
	flows       int
	interval    time.Duration
	connections string
	length      time.Duration
	one, traced bool
}

func main() {
	var s settings
	flag.StringVar(&s.exporter, "exporter", "bin/vault-health-exporter", "the exporter's program")
	flag.IntVar(&s.flows, "flows", 5000, "how many flows there are")
	flag.DurationVar(&s.interval, "interval", 30*time.Second, "the interval of each")
	flag.StringVar(&s.connections, "connections", "reuse", "the connections of each: fresh or reuse")
	flag.DurationVar(&s.length, "for", 3*time.Minute, "how long is measured, after two intervals to settle")
	flag.BoolVar(&s.one, "one", false, "the flows have the hop nas_vault only")
	flag.BoolVar(&s.traced, "traced", false, "a second exporter, which sends traces, watches the same flows at the same time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	folder, remove, err := tempdir.Make("vault-health-exporter-fleet")
	if err != nil {
		return err
	}
	defer remove()
	home, err := homelab.Start(filepath.Join(folder, "homelab"), homelab.Options{CopyInterval: time.Minute})
	if err != nil {
		return err
	}
	defer home.Close()
	flows := filepath.Join(folder, "flows")
	if err := write(flows, home.Config(), s); err != nil {
		return err
	}
	plain := watcher{name: "an exporter", address: "127.0.0.1:19845"}
	if err := plain.start(ctx, s.exporter, flows); err != nil {
		return err
	}
	defer plain.end()
	watchers := []*watcher{&plain}
	if s.traced {
		spans := collect()
		defer spans.Close()
		traced := watcher{name: "one that sends traces", address: "127.0.0.1:19846", spans: spans}
		if err := traced.start(ctx, s.exporter, flows); err != nil {
			return err
		}
		defer traced.end()
		watchers = append(watchers, &traced)
	}
	if err := process.Sleep(ctx, 2*s.interval); err != nil {
		return err
	}
	return measure(ctx, s, watchers)
}

// inFile is how many flows are in one file, which may have a MiB.
const inFile = 500

// write makes many flows of one, in the files of a folder.
func write(folder string, one []byte, s settings) error {
	type flows struct {
		Flows []map[string]any `yaml:"flows"`
	}
	var cfg flows
	if err := yaml.Unmarshal(one, &cfg); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	for first := 0; first < s.flows; first += inFile {
		var part flows
		for i := first; i < min(first+inFile, s.flows); i++ {
			f := maps.Clone(cfg.Flows[0])
			if s.one {
				nas, _ := f["nas"].(map[string]any)
				vault, _ := nas["vault"].(map[string]any)
				vault = maps.Clone(vault)
				delete(vault, "kv")
				f = map[string]any{"nas": map[string]any{"vault": vault}}
			}
			f["name"], f["interval"], f["timeout"], f["connections"] = fmt.Sprintf("flow-%d", i), s.interval.String(), min(5*time.Second, s.interval/3).String(), s.connections
			part.Flows = append(part.Flows, f)
		}
		content, err := yaml.Marshal(part)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%06d.yaml", first)), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
