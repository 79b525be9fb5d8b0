//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// listed is until the candidates have listed the ConfigMaps again and checked once.
const listed = 15 * time.Second

// The flows of ConfigMaps: one that is as it should be, one with a mistake, and one
// that names a file of the pod which is not lent to it.
const (
	served   = "served"
	mistaken = "mistaken"
	unlent   = "unlent"
)

// inconclusiveFor is what is shown of a flow with a mistake.
func inconclusiveFor(flow string) string {
	return fmt.Sprintf(`nas_flow_blame{flow=%q,hop="main_vault",reason="config"}`, flow)
}

func up(flow, hop string) string { return fmt.Sprintf("nas_hop_up{flow=%q,hop=%q}", flow, hop) }

// discovers makes ConfigMaps, changes them, and breaks one, while one flow of the
// file is watched all the time.
func (p *play) discovers(ctx context.Context) error {
	good, other := p.Watching(lab.SideMain, lab.CandidateLent), p.Watching(lab.SideNAS, lab.CandidateLent)
	before, err := p.until(ctx, settled, "the flow of the file alone is watched", p.shows([]string{ofTheFile}, map[string]float64{up(ofTheFile, "main_vault"): 1, reloaded: 1}))
	if err != nil {
		return err
	}
	err = errors.Join(
		p.Discover(ctx, served, good),
		p.Discover(ctx, mistaken, good+"  intervall: 2s\n"),
		p.Discover(ctx, unlent, p.Watching(lab.SideMain, lab.CandidateOwn)),
	)
	if err != nil {
		return err
	}
	s, err := p.until(ctx, listed, "three ConfigMaps are flows", p.shows([]string{mistaken, ofTheFile, served, unlent}, map[string]float64{
		up(served, "main_vault"): 1, inconclusiveFor(mistaken): 1, inconclusiveFor(unlent): 1, reloaded: 0,
	}))
	if err != nil {
		return err
	}
	leader, _ := s.leader()
	err = p.logs(ctx, leader, map[string]string{mistaken: "got an unknown key", unlent: "no other is lent to the flows of ConfigMaps"})
	if err != nil {
		return err
	}
	err = errors.Join(p.Discover(ctx, served, other), p.Discover(ctx, mistaken, good), p.Forget(ctx, unlent))
	if err != nil {
		return err
	}
	_, err = p.until(ctx, listed, "one is replaced, one mended, one gone", p.shows([]string{mistaken, ofTheFile, served}, map[string]float64{
		up(served, "nas_vault"): 1, up(mistaken, "main_vault"): 1, reloaded: 1,
	}, up(served, "main_vault"), inconclusiveFor(mistaken)))
	if err != nil {
		return err
	}
	if err := p.Discover(ctx, served, "["); err != nil {
		return err
	}
	broken, err := p.until(ctx, listed, "a mistake is told and changes nothing", p.shows([]string{mistaken, ofTheFile, served}, map[string]float64{
		up(served, "nas_vault"): 1, reloaded: 0,
	}, inconclusiveFor(served)))
	if err != nil {
		return err
	}
	if err := p.Discover(ctx, served, other); err != nil {
		return err
	}
	after, err := p.until(ctx, listed, "it is taken back", p.shows([]string{mistaken, ofTheFile, served}, map[string]float64{reloaded: 1}))
	if err != nil {
		return err
	}
	return errors.Join(counted(ofTheFile, leader, before, after), counted(served, leader, broken, after))
}

// forgets deletes the ConfigMaps: their flows end with their series.
func (p *play) forgets(ctx context.Context) error {
	err := errors.Join(p.Forget(ctx, served), p.Forget(ctx, mistaken))
	if err != nil {
		return err
	}
	_, err = p.until(ctx, listed, "the flow of the file alone is watched", p.shows([]string{ofTheFile}, map[string]float64{up(ofTheFile, "main_vault"): 1, reloaded: 1}))
	return err
}

// shows wants that the leader has exactly these flows, what is said of series, and
// none of some others.
func (p *play) shows(flows []string, want map[string]float64, none ...string) func(seen) error {
	return func(s seen) error {
		if err := s.one(); err != nil {
			return err
		}
		leader, metrics := s.leader()
		if got := s.flows(leader); !slices.Equal(got, flows) {
			return fmt.Errorf("got the flows %q at %s, want %q", got, leader, flows)
		}
		for _, series := range none {
			if value, ok := metrics[series]; ok && value != 0 {
				return fmt.Errorf("got %s %g, want none", series, value)
			}
		}
		return wants(metrics, want)
	}
}

// logs wants a line of a candidate's log for each of the flows, which says something.
func (p *play) logs(ctx context.Context, pod string, want map[string]string) error {
	log, err := p.Log(ctx, pod)
	if err != nil {
		return err
	}
	for flow, says := range want {
		found := false
		for line := range strings.Lines(log) {
			found = found || strings.Contains(line, flow) && strings.Contains(line, says)
		}
		if !found {
			err = errors.Join(err, fmt.Errorf("got no line about flow %q with %q in the log of %s:\n%s", flow, says, pod, log))
		}
	}
	return err
}
