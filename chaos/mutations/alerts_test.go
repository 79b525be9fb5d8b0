//go:build !race

package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/alerts/pager"
	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/chaos/simulation"
)

var broken = flag.String("alerts", "", "a part of the mutations of alerts that are made; \"all\" for all")

// TestAlerts breaks every alert in each way, and plays what was scraped while a
// fault was there that raises it through the rules.
func TestAlerts(t *testing.T) {
	if *broken == "" {
		t.Skip("-alerts names none")
	}
	rules, err := simulation.Rules()
	if err != nil {
		t.Fatal(err)
	}
	recorded := map[string][]simulation.Scraped{}
	for _, m := range alertMutations() {
		if *broken != "all" && !strings.Contains(m.id(), *broken) {
			continue
		}
		f, ok := raises(m.alert)
		if !ok {
			fmt.Printf("%s\t%s\n", m.id(), "")
			continue
		}
		if recorded[f.Name] == nil {
			options := simulation.Options{TLS: simulation.NeedsTLS(f), Watch: func(s simulation.Scraped) { recorded[f.Name] = append(recorded[f.Name], s) }}
			simulation.Run(t, simulation.Alone(f, rules), options)
		}
		files := map[string][]byte{}
		for _, name := range alerts.Names() {
			content, err := alerts.File(name)
			if err != nil {
				t.Fatal(err)
			}
			if content, _, err = breakRule(content, m.alert, m.how); err != nil {
				t.Fatal(err)
			}
			if files[name], err = without(content, m.alert); err != nil {
				t.Fatal(err)
			}
		}
		red := f.Name
		if slices.Contains(raised(t, files, recorded[f.Name]), m.alert) {
			red = ""
		}
		fmt.Printf("%s\t%s\n", m.id(), red)
	}
}

// raises is a fault that raises the alert, one of which it tells a person where
// there is one, and one that costs little.
func raises(alert string) (best chaos.Fault, ok bool) {
	rank := -1
	for _, f := range chaos.Simulated() {
		at := slices.Index(f.Embedded.Alerts, alert)
		if at < 0 {
			continue
		}
		score := 1
		if at == 0 {
			score += 4
		}
		if !simulation.NeedsTLS(f) {
			score += 2
		}
		if score > rank {
			best, rank, ok = f, score, true
		}
	}
	return best, ok
}

// raised are the alerts that the scrapes raise.
func raised(t *testing.T, files map[string][]byte, scrapes []simulation.Scraped) []string {
	t.Helper()
	p, err := pager.NewWith(t.TempDir(), files)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var h oracle.History
	for _, s := range scrapes {
		events, err := p.Scrape(s.At, s.Families)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			h.Events = append(h.Events, oracle.Event{Alert: e.Name})
		}
	}
	return simulation.Raised(h)
}
