//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// notified returns the notifications since then. Left out are the dead-man's
// switch, which always tells, and the objectives, whose windows reach back
// further than the lab is old: with nothing good before it, any outage is all
// that they see. Those are proven on simulated months, in alerts/.
func notified(t *testing.T, since time.Time) []lab.Notification {
	t.Helper()
	all, err := home.Notifications(t.Context(), since)
	must(t, err)
	return slices.DeleteFunc(all, func(n lab.Notification) bool {
		return n.Receiver == "dead-man" || n.Labels["scope"] == "slo"
	})
}

// title is what a person reads first: RECEIVER/ALERT, and the hop or the
// endpoint where the alert's name alone does not say it.
func title(n lab.Notification) string {
	where := cmp.Or(n.Labels["hop"], n.Labels["endpoint"])
	return strings.TrimSpace(fmt.Sprintf("%s/%s %s", n.Receiver, n.Labels["alertname"], where))
}

// told returns the titles of what fired, each once.
func told(all []lab.Notification) []string {
	var titles []string
	for _, n := range all {
		if n.Status == "firing" {
			titles = append(titles, title(n))
		}
	}
	slices.Sort(titles)
	return slices.Compact(titles)
}

// ended returns the titles whose last notification is of the end. Alertmanager
// also tells the end of what was inhibited all along, with the next message to
// the same receiver.
func ended(all []lab.Notification) []string {
	last := map[string]string{}
	for _, n := range all {
		last[title(n)] = n.Status
	}
	maps.DeleteFunc(last, func(_, status string) bool { return status != "resolved" })
	return slices.Sorted(maps.Keys(last))
}

func logNotifications(t *testing.T, since time.Time) {
	all, err := home.Notifications(context.WithoutCancel(t.Context()), since)
	must(t, err)
	for _, n := range all {
		if n.Receiver != "dead-man" {
			t.Logf("%5.1fs %-8s %s", n.Received.Sub(since).Seconds(), n.Status, title(n))
		}
	}
}

func subset(want, got []string) bool {
	return !slices.ContainsFunc(want, func(name string) bool { return !slices.Contains(got, name) })
}
