//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/lab"
)

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
