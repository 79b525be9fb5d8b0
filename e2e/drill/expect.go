package drill

import (
	"fmt"
	"strings"
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
	// ticket says that it goes to who looks in the morning, whose messages are
	// further apart.
	ticket bool
}

// expect works out from the rules who is told of a fault, and by when: the
// expression's onset, the rule's own "for", then what the receiver's route waits
// for a new group and, where another alert of the flow was told first, between
// two notifications of it. The rest is two slots, a scrape, an evaluation and a
// delivery.
func expect(o chaos.Tier) (expectation, error) {
	if o.Quiet != "" {
		return expectation{}, nil
	}
	rule, err := ruleOf(o.Alerts[0])
	if err != nil {
		return expectation{}, err
	}
	wait := o.Onset
	if rule.For != "" {
		d, err := model.ParseDuration(rule.For)
		if err != nil {
			return expectation{}, fmt.Errorf("reading the rule %q: %w", rule.Alert, err)
		}
		wait += time.Duration(d)
	}
	receiver, route := "ticket", 10*time.Minute+30*time.Minute
	if rule.Labels["severity"] == "critical" {
		receiver, route = "page", 30*time.Second+5*time.Minute
	}
	return expectation{
		told:   []string{strings.TrimSpace(receiver + "/" + o.Alerts[0] + " " + o.Where)},
		within: (wait+route)/lab.AlertScale + 10*time.Second,
		ticket: receiver == "ticket",
	}, nil
}

// ruleOf is the shipped rule of an alert.
func ruleOf(alert string) (alerts.Rule, error) {
	groups, err := alerts.Groups()
	if err != nil {
		return alerts.Rule{}, err
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert == alert {
				return r, nil
			}
		}
	}
	return alerts.Rule{}, fmt.Errorf("finding the rule %q: there is none of that name", alert)
}

// length is about how long a fault is played whose pager is waited for.
func length(o chaos.Tier) time.Duration {
	want, err := expect(o)
	if err != nil || o.Quiet != "" {
		return holdBound
	}
	if want.ticket {
		return want.within + resolveBound
	}
	return want.within + resolveBound/2
}
