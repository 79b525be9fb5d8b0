//go:build !race

package alerts_test

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"

	"homelab.io/vault-health-exporter/alerts/pager"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/token"
)

// TestACheckThatHangsForEverIsATicket, which names the hop, within five minutes:
// its whole flow stood still, and of all alerts none said so.
func TestACheckThatHangsForEverIsATicket(t *testing.T) {
	t.Parallel()
	var world []series
	var f fault
	synctest.Test(t, func(t *testing.T) {
		hung, open := false, make(chan struct{})
		defer close(open)
		passes := func(context.Context) (hop.Reading, error) { return hop.Reading{}, nil }
		hangs := func(context.Context) (hop.Reading, error) {
			if hung {
				<-open // whatever becomes of its context
			}
			return hop.Reading{}, nil
		}
		m := metrics.New(prometheus.NewRegistry())
		r := runner.New(runner.Flow{Name: "qnap", Interval: 30 * time.Second, Timeout: 5 * time.Second, Hops: []hop.Hop{
			{Name: flow.NASVault, Check: passes}, {Name: flow.ExternalSecret, Check: hangs}, {Name: flow.K8sSecret, Check: passes},
		}}, runner.Shared{Log: slog.New(slog.DiscardHandler), Fingerprints: token.NewFingerprinter(), Metrics: m, Gates: runner.NewGates()})
		look := func() map[string]series {
			r.Once(t.Context())
			return readAll(t, m)
		}
		before := look()
		hung = true
		world, f = difference(before, look(), look())
	})

	const calm, alert = 15 * time.Minute, "VaultHealthExporterCheckHangs"
	cfg := alertmanager(t)
	byName, _ := alertRules(t)
	to := pager.Route(cfg.Route, model.LabelSet{"alertname": alert, "severity": model.LabelValue(byName[alert].Labels["severity"])})
	wait := *cmp.Or(to.GroupWait, cfg.Route.GroupWait)
	history := play(t, world, slices.Concat(span(healthy, calm), span(broken, 20*time.Minute)), f, "nas-vault", "nas-token", "nas-delivery", "vault-health-exporter")
	fires := slices.IndexFunc(history, func(m firing) bool { return len(m[alert]) > 0 })
	if fires < 0 {
		t.Fatal("it does not fire")
	}
	// A check hangs when its slot, and then its timeout, are over.
	if told := time.Duration(fires)*step - calm + time.Duration(wait) + 35*time.Second; told < 0 || told > 5*time.Minute {
		t.Errorf("told after %s, want at most five minutes", told)
	}
	if got := history[fires][alert][0].Labels.Get("hop"); got != "external_secret" {
		t.Errorf("got hop %q, want the one that hangs", got)
	}
	if told := notify(cfg, history); !slices.Contains(told["ticket"], alert) || len(told["page"]) > 0 {
		t.Errorf("told %v, want the ticket and no page", told)
	}
}
