package suite

import (
	"context"
	"errors"
	"fmt"
	"io"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/undo"
	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
	"homelab.io/vault-health-exporter/e2e/stranger"
)

// runManifests puts somebody else's manifests in the place of ours, runs the
// scenarios, and where all of them hold plays every fault.
func runManifests(ctx context.Context, b *Bench) error {
	if b.lab == nil {
		return errors.New("putting the manifests into the lab: there is no lab")
	}
	return b.record(ctx, gate.SuiteManifests, func(r *evidence.Record, _ io.Writer) (err error) {
		journal, err := undo.Open(b.path(Reports, "undo.jsonl"))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, journal.Close()) }()
		replaced, err := b.lab.Replace(ctx, b.Manifests)
		if err != nil {
			return err
		}
		flow := stranger.Flow{Lab: b.lab, Replaced: replaced, Engine: &drill.Engine{Lab: b.lab, Journal: journal, Say: func(string, ...any) {}}}
		for _, name := range flow.Without() {
			b.Say("%s: %s takes no part in the flow; it was applied, and nothing is known of it", stageManifests, name)
		}
		for _, s := range stranger.Scenarios() {
			found, err := s.Run(ctx, flow)
			if err != nil {
				return err
			}
			row := evidence.Row{Check: "scenario", Name: s.Name, Result: evidence.Outcome(found == nil)}
			if found != nil {
				row.Why = found.String()
				b.Say("%s: %s: %s", stageManifests, s.Name, row.Why)
				r.Rows = append(r.Rows, row)
				return nil // the rest would show the same again
			}
			r.Rows = append(r.Rows, row)
		}
		return b.drillManifests(ctx, r, flow)
	})
}

// drillManifests plays every fault on the flow, one after another.
func (b *Bench) drillManifests(ctx context.Context, r *evidence.Record, flow stranger.Flow) error {
	for _, f := range chaos.Lab() {
		result, err := flow.Engine.Play(ctx, f)
		if err != nil {
			return err
		}
		row := evidence.Row{Check: gate.CheckFaults, Name: f.Name, Result: evidence.Outcome(!result.Failed())}
		if result.Failed() {
			row.Why = fmt.Sprint(result.Wrong())
		}
		r.Rows = append(r.Rows, row)
	}
	return nil
}
