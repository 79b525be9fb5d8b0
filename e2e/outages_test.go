//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// outage is how the lab does and undoes a fault.
type outage struct {
	breaks, end func(context.Context) error
}

var outages = map[string]outage{
	chaos.TokenRotated: {rotate(lab.RotateOptions{}), func(context.Context) error { return nil }},
	chaos.NASDown: {
		func(context.Context) error { return home.Cut(lab.Links()...) },
		func(context.Context) error { return home.Restore(lab.Links()...) },
	},
	chaos.NASOther: swap(),
	chaos.NASSeal: {
		func(ctx context.Context) error { return home.SealNAS(ctx) },
		func(ctx context.Context) error { return home.UnsealNAS(ctx) },
	},
	chaos.TokenRevoked: {
		func(ctx context.Context) error { return home.RevokeToken(ctx) },
		rotate(lab.RotateOptions{}),
	},
	chaos.FileStuck: {
		rotate(lab.RotateOptions{KeepFile: true}),
		func(ctx context.Context) error { return home.RestoreTokenFile(ctx) },
	},
	chaos.DockerCertExpired: {
		func(ctx context.Context) error { return home.SwapDockerServerCert(ctx, true) },
		func(ctx context.Context) error { return home.SwapDockerServerCert(ctx, false) },
	},
	chaos.BrokerSuspended: {suspend(true), suspend(false)},
	chaos.ESOGone:         {operators(0), operators(1)},
	chaos.SecretDeleted: {
		func(ctx context.Context) error {
			err := operators(0)(ctx) // which would make it anew at once
			if err != nil {
				return err
			}
			return kubectl(ctx, "-n", "nas-integration", "delete", "secret", "nas-vault-token")
		},
		operators(1),
	},
}

// swap puts another Vault into the NAS Vault's place.
func swap() outage {
	undo := func(context.Context) error { return nil }
	return outage{
		func(ctx context.Context) error {
			back, err := home.SwapNASVault(ctx)
			if err == nil {
				undo = back
			}
			return err
		},
		func(ctx context.Context) error { return undo(ctx) },
	}
}

// expectation is what a fault of the catalogue means for the lab's pager.
type expectation struct {
	// told are the titles of every notification, and of nothing more.
	told []string
	// within bounds the first of them.
	within time.Duration
}

// expect works out from the rules who is told of a fault, and by when: the
// expression's onset, the rule's own "for", then what the receiver's route waits
// for a new group and, where another alert of the flow was told first, between
// two notifications of it. The rest is two slots, a scrape, an evaluation and a
// delivery.
func expect(t *testing.T, o chaos.Tier) expectation {
	t.Helper()
	if o.Quiet != "" {
		return expectation{}
	}
	rule := rules(t)[o.Alerts[0]]
	wait := o.Onset
	if rule.For != "" {
		d, err := model.ParseDuration(rule.For)
		must(t, err)
		wait += time.Duration(d)
	}
	receiver, route := "ticket", 10*time.Minute+30*time.Minute
	if rule.Labels["severity"] == "critical" {
		receiver, route = "page", 30*time.Second+5*time.Minute
	}
	return expectation{
		told:   []string{strings.TrimSpace(receiver + "/" + o.Alerts[0] + " " + o.Where)},
		within: (wait+route)/lab.AlertScale + 10*time.Second,
	}
}

// rules are the shipped alerting rules by name.
func rules(t *testing.T) map[string]alerts.Rule {
	t.Helper()
	groups, err := alerts.Groups()
	must(t, err)
	byName := map[string]alerts.Rule{}
	for _, g := range groups {
		for _, r := range g.Rules {
			byName[r.Alert] = r
		}
	}
	return byName
}

func rotate(options lab.RotateOptions) func(context.Context) error {
	return func(ctx context.Context) error { return home.Rotate(ctx, options) }
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
