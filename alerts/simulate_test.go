package alerts_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"

	"homelab.io/vault-health-exporter/alerts"
)

// step is the time between two scrapes and two evaluations.
const step = 30 * time.Second

// began is when every timeline begins.
var began = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

// moment is the state of the simulated world at one step.
type moment int

const (
	healthy  moment = iota
	broken          // the fault is there
	gone            // the exporter does not answer
	reset           // healthy, and every counter starts from 0
	vanished        // the series that the fault is about have ended
)

// span repeats a moment for d.
func span(m moment, d time.Duration) []moment { return slices.Repeat([]moment{m}, int(d/step)) }

// kind says how a series' value follows from its number.
type kind int

const (
	gauge   kind = iota // the number
	counter             // grows by the number at each step
	clock               // a Unix time, the number of seconds from now
	missing             // no series while healthy, else a gauge
)

// series is one series of a healthy world.
type series struct {
	name   string
	kind   kind
	number float64
}

// fault maps a series, or the name of a metric for all its series, to the
// number that it has while broken; nothing is "no series".
type fault map[string]float64

var nothing = math.NaN()

func (f fault) number(s series) (float64, bool) {
	n, ok := f[s.name]
	if !ok {
		n, ok = f[metricName(s.name)]
	}
	return n, ok
}

// concerns reports whether the fault is about the metric that s belongs to.
func (f fault) concerns(s series) bool {
	for name := range f {
		if metricName(name) == metricName(s.name) {
			return true
		}
	}
	return false
}

// metricName returns the name in front of the braces.
func metricName(series string) string {
	name, _, _ := strings.Cut(series, "{")
	return name
}

// target completes a series with the labels that a scrape adds; what a rule
// recorded has none of them.
func target(name string) string {
	if strings.HasPrefix(name, "flow:") {
		return name
	}
	const labels = `instance="exporter:9845",job="vault-health-exporter"}`
	if base, found := strings.CutSuffix(name, "}"); found {
		return base + "," + labels
	}
	return name + "{" + labels
}

// samples writes the values of one series over a timeline in promtool's notation.
func (s series) samples(timeline []moment, f fault) string {
	var out []string
	total, there := 0.0, false
	for i, m := range timeline {
		n, own := s.number, s.kind != missing
		if m == broken {
			if special, ok := f.number(s); ok {
				n, own = special, !math.IsNaN(special)
			}
		}
		down := m == gone || m == vanished && f.concerns(s)
		if metricName(s.name) == "up" && m == gone {
			n, down = 0, false
		}
		switch {
		case (down || !own) && there:
			out, there = append(out, "stale"), false
		case down || !own:
			out = append(out, "_")
		default:
			if s.kind == counter {
				total += n
			}
			if m == reset {
				total = 0
			}
			there = true
			out = append(out, s.value(n, total, began.Add(time.Duration(i)*step)))
		}
		if m == gone {
			total = 0
		}
	}
	return strings.Join(out, " ")
}

func (s series) value(n, total float64, now time.Time) string {
	switch s.kind {
	case counter:
		n = total
	case clock:
		n += float64(now.Unix())
	}
	return fmt.Sprint(n)
}

// load writes a whole world as promtool's "load" command.
func load(world []series, timeline []moment, f fault) string {
	var out strings.Builder
	fmt.Fprintf(&out, "load %s\n", step)
	for _, s := range world {
		fmt.Fprintf(&out, "  %s %s\n", target(s.name), s.samples(timeline, f))
	}
	return out.String()
}

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
