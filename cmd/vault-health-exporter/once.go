package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"homelab.io/vault-health-exporter/exporter"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// onceFlow and onceHop are the JSON form of --once.
type onceFlow struct {
	Flow   string    `json:"flow"`
	Result string    `json:"result"`
	Hop    string    `json:"hop,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Remedy string    `json:"remedy,omitempty"`
	Hops   []onceHop `json:"hops"`
}

type onceHop struct {
	Hop             string  `json:"hop"`
	Result          string  `json:"result"` // ok or failed
	Reason          string  `json:"reason,omitempty"`
	DurationSeconds float64 `json:"duration_seconds"`
}

// once checks every hop once and prints the result.
func once(ctx context.Context, s streams, e *exporter.Exporter, output string) int {
	snapshots, err := e.Once(ctx)
	if err != nil {
		return unusable(s.stderr, err)
	}
	exit := exitOK
	flows := make([]onceFlow, len(snapshots))
	for i, snapshot := range snapshots {
		flows[i] = describe(snapshot)
		if snapshot.Verdict.Result != flow.Good {
			exit = exitFailed
		}
	}
	write := writeTable
	if output == "json" {
		write = writeJSON
	}
	if err := write(s.stdout, flows); err != nil {
		return unusable(s.stderr, fmt.Errorf("writing the result: %w", err))
	}
	if ctx.Err() != nil {
		fmt.Fprintln(s.stderr, "vault-health-exporter: stopped by a signal; hops that had not been checked by then are unknown")
		return exitFailed
	}
	return exit
}

func describe(s runner.Snapshot) onceFlow {
	v := s.Verdict
	f := onceFlow{Flow: s.Flow, Result: string(v.Result), Hop: string(v.Hop), Reason: string(v.Reason), Remedy: s.Remedy()}
	for _, h := range s.Hops {
		row := onceHop{Hop: string(h.Hop), Result: "ok", DurationSeconds: h.Duration.Seconds()}
		if h.Reason != "" {
			row.Result, row.Reason = "failed", string(h.Reason)
		}
		f.Hops = append(f.Hops, row)
	}
	return f
}

func writeJSON(w io.Writer, flows []onceFlow) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"flows": flows})
}

func writeTable(w io.Writer, flows []onceFlow) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FLOW\tHOP\tRESULT\tREASON\tTIME")
	for _, f := range flows {
		for _, h := range f.Hops {
			took := time.Duration(h.DurationSeconds * float64(time.Second)).Round(100 * time.Microsecond)
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", f.Flow, h.Hop, h.Result, h.Reason, took)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, f := range flows {
		line := fmt.Sprintf("flow %s: %s", f.Flow, f.Result)
		if f.Hop != "" {
			line += fmt.Sprintf(" because of %s (%s)", f.Hop, f.Reason)
		}
		if f.Remedy != "" {
			line += "\nto do first: " + f.Remedy
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
