//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// resolveBound is how long a resolution may take: keep_firing_for and the
// group's interval, 10m and 30m, on the lab's clock, and a few evaluations.
const resolveBound = (10*time.Minute+30*time.Minute)/lab.AlertScale + 20*time.Second

// TestPages plays the faults whose pager is waited for through the shipped rules and the
// shipped Alertmanager configuration, on a shorter clock, into a pager that keeps
// what it is told: exactly the alert that names the fault, and then its end. No
// alert fires that the table does not foresee, told or not.
func TestPages(t *testing.T) {
	for _, listed := range chaos.Lab() {
		if !listed.Lab.Paged {
			continue
		}
		t.Run(listed.Name, func(t *testing.T) {
			o := *listed.Lab
			want := expect(t, o)
			// What an earlier outage raised may still be kept firing. A second can
			// fall between two evaluations.
			before := firing(t, 5*time.Second)
			began := time.Now()
			heal := breaks(t, listed.Name)
			t.Cleanup(func() { logNotifications(t, began) })
			within(t, want.within, fmt.Sprintf("notified of %q", want.told), func() bool {
				return subset(want.told, told(notified(t, began)))
			})
			// As long as ten minutes of production, so that what would be told
			// late, or twice, is told.
			settle(t, began.Add(10*time.Minute/lab.AlertScale))
			if over := ended(notified(t, began)); slices.ContainsFunc(want.told, func(title string) bool { return slices.Contains(over, title) }) {
				t.Errorf("told of the end of %q while the outage lasts", over)
			}
			for _, name := range firing(t, time.Since(began)) {
				if !slices.Contains(o.Alerts, name) && !slices.Contains(before, name) {
					t.Errorf("%s fires, which the table does not foresee", name)
				}
			}
			heal()
			within(t, resolveBound, "told of the end", func() bool { return subset(want.told, ended(notified(t, began))) })
			if got := told(notified(t, began)); !slices.Equal(got, want.told) {
				t.Errorf("notified of %q, want exactly %q", got, want.told)
			}
			recovers(t)
		})
	}
}

// firing returns the names of the alerts that fired at some time of the last d,
// but for the objectives and for what stands whatever happens.
func firing(t *testing.T, d time.Duration) []string {
	t.Helper()
	var names []string
	for labels := range query(t, fmt.Sprintf(`count by (alertname) (max_over_time(ALERTS{alertstate="firing",scope!="slo"}[%dms]))`, d.Milliseconds())) {
		name := strings.TrimPrefix(labels, "alertname=")
		if _, standing := alerts.Unreachable()[name]; !standing {
			names = append(names, name)
		}
	}
	return names
}

// settle waits for the moment at which a scenario of a given length is over.
func settle(t *testing.T, until time.Time) {
	t.Helper()
	select {
	case <-time.After(time.Until(until)):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}
