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

	"homelab.io/vault-health-exporter/dashboards"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// outage is one way to break the flow and whom that tells what. Bounds are of
// the lab's clock, which runs lab.AlertScale times as fast as production's.
type outage struct {
	name        string
	breaks, end func(context.Context) error
	// told is the title of every notification, and of nothing more.
	told []string
	// within bounds the first notification; its resolution has as long again,
	// beside the time for which a rule keeps firing.
	within time.Duration
}

// resolveBound is how long a resolution may take: keep_firing_for and the
// group's interval, 5m and 30m, on the lab's clock, and a few evaluations.
const resolveBound = (5*time.Minute+30*time.Minute)/lab.AlertScale + 20*time.Second

// page and ticket bound the time from a fault to its notification: the rule's
// own "for", then what the receiver's route waits for a new group and, where
// another alert of the flow was told first, between two notifications of it.
// The rest is two slots, a scrape, an evaluation and a delivery.
func page(ruleFor time.Duration) time.Duration {
	return (ruleFor+30*time.Second+5*time.Minute)/lab.AlertScale + 10*time.Second
}

func ticket(ruleFor time.Duration) time.Duration {
	return (ruleFor+10*time.Minute+30*time.Minute)/lab.AlertScale + 10*time.Second
}

func outages() []outage {
	return []outage{
		{
			name:   "NAS gone for ten minutes",
			breaks: func(context.Context) error { return home.Cut(lab.Links()...) },
			end:    func(context.Context) error { return home.Restore(lab.Links()...) },
			told:   []string{"page/NASVaultUnavailable"}, within: page(5 * time.Minute),
		},
		{
			name: "sealed", breaks: home.SealNAS, end: home.UnsealNAS,
			told: []string{"page/NASVaultSealed"}, within: page(2 * time.Minute),
		},
		{
			name: "token revoked", breaks: home.RevokeToken,
			end:  func(ctx context.Context) error { return home.Rotate(ctx, lab.RotateOptions{}) },
			told: []string{"page/NASTokenDeliveryBroken token"}, within: page(2 * time.Minute),
		},
		{
			name:   "file stuck after rotation",
			breaks: func(ctx context.Context) error { return home.Rotate(ctx, lab.RotateOptions{KeepFile: true}) },
			end:    home.RestoreTokenFile,
			told:   []string{"ticket/NASTokenDrift docker_exec"}, within: ticket(15 * time.Minute),
		},
		{
			name:   "Docker certificate expired",
			breaks: func(ctx context.Context) error { return home.SwapDockerServerCert(ctx, true) },
			end:    func(ctx context.Context) error { return home.SwapDockerServerCert(ctx, false) },
			told:   []string{"page/NASCertificateExpiryImminent docker"}, within: page(15 * time.Minute),
		},
		{
			name: "broker suspended", breaks: suspend(true), end: suspend(false),
			told: []string{"ticket/NASTokenBrokerSuspended broker"}, within: ticket(5 * time.Minute),
		},
		{
			name: "External Secrets stopped", breaks: operators(0), end: operators(1),
			told: []string{"ticket/NASExternalSecretStale external_secret"}, within: ticket(6 * time.Minute),
		},
		{
			name: "Secret deleted while External Secrets is stopped",
			breaks: func(ctx context.Context) error {
				err := operators(0)(ctx)
				if err != nil {
					return err
				}
				return kubectl(ctx, "-n", "nas-integration", "delete", "secret", "nas-vault-token")
			},
			end:  operators(1),
			told: []string{"page/NASTokenDeliveryBroken k8s_secret"}, within: page(2 * time.Minute),
		},
	}
}

func kubectl(ctx context.Context, arguments ...string) error {
	_, err := home.Kubectl(ctx, arguments...)
	return err
}

// suspend switches the broker's CronJob off or on.
func suspend(off bool) func(context.Context) error {
	return func(ctx context.Context) error { return home.SuspendBroker(ctx, off) }
}

// operators sets how many External Secrets operators run.
func operators(n int) func(context.Context) error {
	return func(ctx context.Context) error {
		return kubectl(ctx, "-n", "external-secrets", "scale", "deployment", "external-secrets", fmt.Sprintf("--replicas=%d", n))
	}
}

// TestPages plays outages through the shipped rules and the shipped
// Alertmanager configuration, on a shorter clock, into a pager that keeps what
// it is told: exactly the alerts that name the fault, and then their end.
func TestPages(t *testing.T) {
	for _, o := range outages() {
		t.Run(o.name, func(t *testing.T) {
			began := time.Now()
			must(t, o.breaks(t.Context()))
			t.Cleanup(func() { _ = o.end(context.WithoutCancel(t.Context())) })
			t.Cleanup(func() { logNotifications(t, began) })
			within(t, o.within, "notified of "+strings.Join(o.told, ", "), func() bool {
				return subset(o.told, told(notified(t, began)))
			})
			// As long as ten minutes of production, so that what would be told
			// late, or twice, is told.
			settle(t, began.Add(10*time.Minute/lab.AlertScale))
			if over := ended(notified(t, began)); slices.ContainsFunc(o.told, func(title string) bool { return slices.Contains(over, title) }) {
				t.Errorf("told of the end of %q while the outage lasts", over)
			}
			must(t, o.end(t.Context()))
			within(t, resolveBound, "told of the end", func() bool { return subset(o.told, ended(notified(t, began))) })
			if got := told(notified(t, began)); !slices.Equal(got, o.told) {
				t.Errorf("notified of %q, want exactly %q", got, o.told)
			}
			recovers(t)
		})
	}
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

// TestEveryPanelHasData executes every query of every dashboard against the
// lab's Prometheus.
func TestEveryPanelHasData(t *testing.T) {
	recovers(t)
	must(t, dashboards.Check(t.Context(), home.PrometheusURL()))
}
