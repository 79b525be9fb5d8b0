//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// seen are the candidates at one moment, which is between two times.
type seen struct {
	began, ended     time.Time
	leading, standby []lab.Candidate
	// metrics are the values of each by series, by the pod's name.
	metrics map[string]map[string]float64
}

// reloaded is 1 where nothing of a configuration was left out.
const reloaded = "vault_health_exporter_config_last_reload_successful"

func (p *play) look(ctx context.Context) (seen, error) {
	s := seen{began: time.Now(), metrics: map[string]map[string]float64{}}
	running, err := p.Running(ctx)
	if err != nil {
		return s, err
	}
	for _, candidate := range running {
		values, err := p.Scrape(ctx, candidate.Name)
		if err != nil {
			return s, err
		}
		s.metrics[candidate.Name] = values
		switch leads, told := values["vault_health_exporter_leader"]; {
		case !told:
			return s, fmt.Errorf("%s: got no word of whether it leads", candidate.Name)
		case leads == 1:
			s.leading = append(s.leading, candidate)
		default:
			s.standby = append(s.standby, candidate)
		}
	}
	s.ended = time.Now()
	return s, nil
}

// oneAtMost is what two candidates promise as long as the API answers them.
func oneAtMost(s seen) error {
	if len(s.leading) > 1 {
		return fmt.Errorf("got %v leading at once", s.leading)
	}
	return nil
}

// one wants of two that one leads, and that the other one has no series of flows.
func (s seen) one() error {
	if len(s.leading) != 1 || len(s.standby) != 1 {
		return fmt.Errorf("got %v leading and %v standing by, want one of each", s.leading, s.standby)
	}
	other := s.standby[0].Name
	if flows := s.flows(other); len(flows) > 0 {
		return fmt.Errorf("got series of the flows %q at %s, which stands by", flows, other)
	}
	return nil
}

// leader is who leads where one does, and its metrics.
func (s seen) leader() (string, map[string]float64) {
	name := s.leading[0].Name
	return name, s.metrics[name]
}

// flows are those that a candidate has series of.
func (s seen) flows(pod string) []string {
	found := map[string]bool{}
	for series := range s.metrics[pod] {
		if _, rest, ok := strings.Cut(series, `flow="`); ok {
			name, _, _ := strings.Cut(rest, `"`)
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// slotsOf is how many of a flow have ended, whatever came of them; -1 without series.
func slotsOf(metrics map[string]float64, flow string) float64 {
	total, found := 0.0, false
	for series, value := range metrics {
		if strings.HasPrefix(series, fmt.Sprintf("nas_flow_slots_total{flow=%q,", flow)) {
			total, found = total+value, true
		}
	}
	if !found {
		return -1
	}
	return total
}

// wants wants of metrics what is said of series.
func wants(metrics, want map[string]float64) error {
	var wrong []error
	for _, series := range slices.Sorted(maps.Keys(want)) {
		if got, ok := metrics[series]; !ok || got != want[series] {
			wrong = append(wrong, fmt.Errorf("%s: got %g, there %t, want %g", series, got, ok, want[series]))
		}
	}
	return errors.Join(wrong...)
}

// counted wants every slot of a flow to have been counted between two looks, each of
// which lasts a second. Those that go on are not counted yet: on a machine that is
// slower, some more.
func counted(flow, pod string, from, to seen) error {
	got := slotsOf(to.metrics[pod], flow) - slotsOf(from.metrics[pod], flow)
	least, most := to.began.Sub(from.ended).Seconds()-slack, to.ended.Sub(from.began).Seconds()+slack
	if got < least || got > most {
		return fmt.Errorf("flow %q at %s: got %g slots in a time of %.0f to %.0f", flow, pod, got, least+slack, most-slack)
	}
	return nil
}
