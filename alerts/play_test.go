package alerts_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"

	"homelab.io/vault-health-exporter/alerts"
)

// firing is the alerts that fire at one step, by name.
type firing map[string][]*rules.Alert

// play evaluates the groups called names, all of them if there is none, at each
// step of the timeline, as "promtool test rules" does: with Prometheus' own
// storage, engine and rules.
func play(t *testing.T, world []series, timeline []moment, f fault, names ...string) []firing {
	t.Helper()
	return playFrom(t, world, timeline, f, 0, names...)
}

// playFrom evaluates nothing before the step called first: it is history.
func playFrom(t *testing.T, world []series, timeline []moment, f fault, first int, names ...string) []firing {
	t.Helper()
	return playSeries(t, load(world, timeline, f), len(timeline), first, names...)
}

// playSeries is playFrom with the series in promtool's notation.
func playSeries(t *testing.T, series string, steps, first int, names ...string) []firing {
	t.Helper()
	suite, err := promqltest.NewLazyLoader(series, promqltest.LazyLoaderOpts{
		EnableAtModifier: true, EnableNegativeOffset: true, StartTime: began,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = suite.Close() }()
	suite.SubqueryInterval = step
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:  rules.EngineQueryFunc(suite.QueryEngine(), suite.Storage()),
		Appendable: suite.Storage(),
		Context:    context.Background(),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
		Logger:     promslog.NewNopLogger(),
		Parser:     parser.NewParser(parser.Options{}),
	})
	groups := loadGroups(t, manager, names)
	history := make([]firing, steps)
	for i := first; i < steps; i++ {
		now := began.Add(time.Duration(i) * step)
		suite.WithSamplesTill(now, func(err error) {
			if err != nil {
				t.Fatal(err)
			}
			history[i] = evaluate(t, groups, now)
		})
	}
	return history
}

// loadGroups returns the groups in the order of the files, so that what is
// recorded is there before it is used.
func loadGroups(t *testing.T, manager *rules.Manager, names []string) []*rules.Group {
	t.Helper()
	loaded, errs := manager.LoadGroups(step, nilLabels, "", nil, false, alerts.Names()...)
	if errs != nil {
		t.Fatal(errs)
	}
	var groups []*rules.Group
	for _, g := range sourceGroups(t) {
		for _, candidate := range loaded {
			if candidate.Name() == g.Name && (len(names) == 0 || slices.Contains(names, g.Name)) {
				groups = append(groups, candidate)
			}
		}
	}
	for _, g := range groups {
		for _, r := range g.Rules() {
			if a, ok := r.(*rules.AlertingRule); ok {
				a.SetRestored(true)
			}
		}
	}
	return groups
}

func evaluate(t *testing.T, groups []*rules.Group, now time.Time) firing {
	t.Helper()
	found := firing{}
	for _, g := range groups {
		g.Eval(context.Background(), now)
		for _, r := range g.Rules() {
			if err := r.LastError(); err != nil {
				t.Fatalf("%s at %s: %s", r.Name(), now.Sub(began), err)
			}
			a, ok := r.(*rules.AlertingRule)
			if !ok {
				continue
			}
			for _, active := range a.ActiveAlerts() {
				if active.State == rules.StateFiring {
					found[a.Name()] = append(found[a.Name()], active)
				}
			}
		}
	}
	return found
}
