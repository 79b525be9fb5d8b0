//go:build !race

package alerts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// watcher is a real exporter's flow that watches the embedded one.
type watcher struct {
	home    homelabtest.Home
	runner  *runner.Runner
	metrics *metrics.Metrics
}

func watch(home homelabtest.Home) watcher {
	m := metrics.New(prometheus.NewRegistry())
	return watcher{home, home.Runner(m), m}
}

// look runs the copiers, checks every hop once and returns the series; a clock's
// number is its Unix time.
func (w watcher) look(t *testing.T) map[string]series {
	t.Helper()
	w.home.Sync()
	w.runner.Once(t.Context())
	return readAll(t, w.metrics)
}

// readAll returns every series of g but the histograms' by name.
func readAll(t *testing.T, g prometheus.Gatherer) map[string]series {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]series{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if s, ok := read(f, m); ok {
				found[s.name] = s
			}
		}
	}
	return found
}

// read turns a gathered series into one of a timeline; histograms are left out.
func read(f *dto.MetricFamily, m *dto.Metric) (series, bool) {
	var labels []string
	for _, l := range m.GetLabel() {
		labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	s := series{name: f.GetName()}
	if len(labels) > 0 {
		s.name += "{" + strings.Join(labels, ",") + "}"
	}
	switch {
	case m.Counter != nil:
		s.kind, s.number = counter, m.GetCounter().GetValue()
	case m.Gauge != nil && strings.HasSuffix(f.GetName(), "_timestamp_seconds"):
		s.kind, s.number = clock, m.GetGauge().GetValue()
	case m.Gauge != nil:
		s.number = m.GetGauge().GetValue()
	}
	return s, m.Histogram == nil
}

// observe returns the world before a fault, and the fault, as the exporter
// shows them. One check is one step of the timeline.
func observe(t *testing.T, home homelabtest.Home, name string) ([]series, fault) {
	t.Helper()
	w := watch(home)
	before := w.look(t)
	if err := home.Break(name); err != nil {
		t.Fatal(err)
	}
	first, second := w.look(t), w.look(t)
	if err := home.Heal(name); err != nil {
		t.Fatal(err)
	}
	return difference(before, first, second)
}

// difference turns three looks, of which the last two saw a fault, into the
// world before it and the fault.
func difference(before, first, second map[string]series) ([]series, fault) {
	now := float64(time.Now().Unix())
	world, f := []series{{"up", gauge, 1}}, fault{}
	for key, s := range before {
		switch later, still := second[key]; {
		case !still:
			f[key] = nothing
		case s.kind == counter:
			f[key] = later.number - first[key].number
		case metricName(key) == "qnap_token_retrieval_last_success_timestamp_seconds" && later.number == first[key].number:
			f[key] = -1 * hours // it stands still, and the fault lasts
			s.number -= now
		case s.kind == clock:
			f[key] = later.number - now
			s.number -= now
		default:
			f[key] = later.number
		}
		if s.number != 0 || f[key] != 0 {
			world = append(world, s)
		} else {
			delete(f, key)
		}
	}
	for key, s := range second {
		switch _, was := before[key]; {
		case was:
		case s.kind == clock:
			world, f[key] = append(world, series{key, clock, nothing}), s.number-now
		default:
			world, f[key] = append(world, series{key, missing, 0}), s.number
		}
	}
	return world, f
}

// TestFaultsOfTheEmbeddedFlow breaks the embedded flow in every way it knows,
// and plays what a real exporter measures through the rules: exactly the alerts
// of the table fire, none before the fault, and at most one of them is a page.
func TestFaultsOfTheEmbeddedFlow(t *testing.T) {
	t.Parallel()
	// The timeout of a check is half of Interval; the copiers run when told to.
	home := homelabtest.Start(t, homelab.Options{Interval: 10 * time.Second, CopyInterval: time.Hour})
	cfg := alertmanager(t)
	byName, _ := alertRules(t)
	for _, fault := range chaos.Embedded() {
		t.Run(fault.Name, func(t *testing.T) {
			want := fault.Embedded
			world, f := observe(t, home, fault.Name)
			const calm = 15 * time.Minute
			timeline := slices.Concat(span(healthy, calm), span(broken, 65*time.Minute))
			history := play(t, world, timeline, f, "nas-vault", "nas-token", "nas-delivery", "vault-health-exporter")
			fired := map[bool][]string{}
			for i, moment := range history {
				for name := range moment {
					if _, standing := alerts.Unreachable()[name]; !standing {
						isCalm := i < int(calm/step)
						fired[isCalm] = append(fired[isCalm], name)
					}
				}
			}
			if len(fired[true]) > 0 {
				t.Errorf("before the fault: %q", sorted(fired[true]))
			}
			told := notify(cfg, history)
			if pages := told["page"]; len(pages) > 1 || len(pages) == 1 && pages[0] != want.Alerts[0] {
				t.Errorf("got pages %q, want at most one, the first alert of the table", pages)
			}
			if notified := slices.Concat(told["page"], told["ticket"]); want.Quiet == "" && !slices.Contains(notified, want.Alerts[0]) {
				t.Errorf("told of %q, want %s among them", notified, want.Alerts[0])
			}
			objectives := func(name string) bool { return byName[name].Labels["scope"] == "slo" } // TestBurnRates
			expected := slices.DeleteFunc(slices.Clone(want.Alerts), objectives)
			if diff := cmp.Diff(sorted(expected), sorted(fired[false])); diff != "" {
				t.Errorf("alerts (-want +got):\n%s", diff)
			}
		})
	}
}
