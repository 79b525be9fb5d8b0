//go:build !race

package alerts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
)

// warmUp is the healthy time before a fault.
const warmUp = 20 * time.Minute

// TestAlerts makes the same cases for every alert from its row.
func TestAlerts(t *testing.T) {
	t.Parallel()
	byName, group := alertRules(t)
	covered := map[string]bool{}
	cases := 0
	rendered := map[string]string{}
	for _, c := range alertCases {
		rule, ok := byName[c.alert]
		if !ok || covered[c.alert] {
			t.Errorf("%s: want one row for one rule", c.alert)
			continue
		}
		covered[c.alert] = true
		r := run{alertCase: c, group: group[c.alert], wait: seconds(t, rule.For), keep: seconds(t, rule.KeepFiringFor)}
		for _, test := range []struct {
			name string
			do   func(*testing.T)
		}{
			{"fires", func(t *testing.T) { rendered[c.alert] = r.fires(t) }},
			{"recovers", r.recovers},
			{"series vanish", r.vanishes},
			{"restart while broken", r.restarts},
		} {
			cases++
			t.Run(c.alert+"/"+test.name, test.do)
		}
	}
	for name := range byName {
		if !covered[name] {
			t.Errorf("%s: want a row in alertCases", name)
		}
	}
	cases += quietCases(t, alertCases)
	var golden strings.Builder
	for _, c := range alertCases {
		golden.WriteString(rendered[c.alert])
	}
	compareFile(t, "testdata/firing.txt", []byte(golden.String()))
	t.Logf("%d alerts, %d cases", len(alertCases), cases)
}

// run is a row with what its rule says.
type run struct {
	alertCase
	group      string
	wait, keep time.Duration
}

func (r run) play(t *testing.T, timeline []moment) []firing {
	t.Helper()
	return play(t, append(world(), recorded()...), timeline, r.fault, r.group)
}

// firesAt says whether the alert fires, and only for the broken flow.
func (r run) firesAt(t *testing.T, history []firing, at time.Duration) bool {
	t.Helper()
	active := history[at/step][r.alert]
	for _, a := range active {
		if f := a.Labels.Get("flow"); f != "" && f != "qnap" {
			t.Errorf("at %s: got it for flow %q, which is healthy", at, f)
		}
	}
	if n := max(1, r.count); len(active) != 0 && len(active) != n {
		t.Errorf("at %s: got %d alerts, want %d", at, len(active), n)
	}
	return len(active) > 0
}

func (r run) expect(t *testing.T, history []firing, at time.Duration, want bool) {
	t.Helper()
	if got := r.firesAt(t, history, at); got != (want || r.always) {
		t.Errorf("%s after the start: firing is %t, want %t", at, got, want || r.always)
	}
}

// fires: silent until for has passed, then firing, with its labels and annotations.
func (r run) fires(t *testing.T) string {
	due := warmUp + r.delay + r.wait
	history := r.play(t, slices.Concat(span(healthy, warmUp), span(broken, r.delay+r.wait+2*step)))
	for at := time.Duration(0); at < due; at += step {
		r.expect(t, history, at, false)
	}
	r.expect(t, history, due, true)
	return render(history[due/step][r.alert])
}

// recovers: firing until the fault is forgotten and keep_firing_for has passed.
func (r run) recovers(t *testing.T) {
	ill := max(r.delay+r.wait+2*step, 20*time.Minute)
	ends := warmUp + ill + r.decay + r.keep
	history := r.play(t, slices.Concat(span(healthy, warmUp), span(broken, ill), span(healthy, r.decay+r.keep+10*step)))
	r.expect(t, history, ends-step, true)
	r.expect(t, history, ends, false)
	r.expect(t, history, ends+8*step, false)
}

// vanishes: an alert on series that end does not fire for ever.
func (r run) vanishes(t *testing.T) {
	ill := r.delay + r.wait + 2*step
	forgotten := 20*time.Minute + r.keep
	history := r.play(t, slices.Concat(span(healthy, warmUp), span(broken, ill), span(vanished, forgotten)))
	r.expect(t, history, warmUp+ill-step, true)
	r.expect(t, history, warmUp+ill+forgotten-step, r.absence)
}

// restarts: the exporter restarts with counters at 0 while the fault is there.
// The alert is there again as fast as after the fault itself.
func (r run) restarts(t *testing.T) {
	ill, down := r.delay+r.wait+4*step, 2*step
	// The first sample of a counter only says where it begins, and five minutes
	// of samples from before are in its window too.
	again := r.delay + r.wait + 5*time.Minute
	history := r.play(t, slices.Concat(span(healthy, warmUp), span(broken, ill), span(gone, down), span(broken, again+step)))
	r.expect(t, history, warmUp+ill+down+again, true)
}

// render writes the labels and annotations of the alerts that fire.
func render(active []*rules.Alert) string {
	slices.SortFunc(active, func(a, b *rules.Alert) int { return labels.Compare(a.Labels, b.Labels) })
	var out strings.Builder
	for _, a := range active {
		fmt.Fprintf(&out, "%s\n", a.Labels.Get(labels.AlertName))
		a.Labels.Range(func(l labels.Label) {
			if l.Name != labels.AlertName {
				fmt.Fprintf(&out, "  %s: %s\n", l.Name, l.Value)
			}
		})
		a.Annotations.Range(func(l labels.Label) { fmt.Fprintf(&out, "  | %s: %s\n", l.Name, l.Value) })
	}
	return out.String()
}

// quietCases runs all rules over worlds in which nothing is broken, or in which
// only the exporter is: each alert is a case in each of them.
func quietCases(t *testing.T, all []alertCase) int {
	down, silent, absent := "VaultHealthExporterDown", "VaultHealthExporterSilent", "VaultHealthExporterAbsent"
	worlds := []struct {
		name     string
		timeline []moment
		fault    fault
		want     []string
	}{
		{name: "healthy", timeline: span(healthy, 2*time.Hour)},
		{name: "restart", timeline: slices.Concat(span(healthy, 30*time.Minute), span(gone, time.Minute), span(healthy, time.Hour))},
		{name: "counter reset", timeline: slices.Concat(span(healthy, 30*time.Minute), span(reset, step), span(healthy, time.Hour))},
		{name: "no exporter", timeline: slices.Concat(span(healthy, 30*time.Minute), span(gone, time.Hour)), want: []string{down, silent}},
		{name: "no target", timeline: slices.Concat(span(healthy, 30*time.Minute), span(broken, time.Hour)), fault: everything(), want: []string{absent, silent}},
	}
	for _, w := range worlds {
		history := play(t, world(), w.timeline, w.fault)
		for _, c := range all {
			t.Run(c.alert+"/"+w.name, func(t *testing.T) {
				got := slices.ContainsFunc(history, func(f firing) bool { return len(f[c.alert]) > 0 })
				if want := c.always || slices.Contains(w.want, c.alert); got != want {
					t.Errorf("fired: %t, want %t", got, want)
				}
			})
		}
	}
	return len(worlds) * len(all)
}

// everything is the fault that takes away every series.
func everything() fault {
	f := fault{}
	for _, s := range world() {
		f[s.name] = nothing
	}
	return f
}
