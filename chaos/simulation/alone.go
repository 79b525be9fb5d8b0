package simulation

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
)

// Rules are the shipped alerting rules by name.
func Rules() (map[string]alerts.Rule, error) {
	groups, err := alerts.Groups()
	byName := map[string]alerts.Rule{}
	for _, g := range groups {
		for _, r := range g.Rules {
			byName[r.Alert] = r
		}
	}
	return byName, err
}

// Alone is a fault that is there until all of its alerts are raised and somebody
// is told, and then until everything about it is over.
func Alone(f chaos.Fault, rules map[string]alerts.Rule) Script {
	lasts := 20 * time.Minute
	for i, name := range f.Embedded.Alerts {
		if i == 0 && rules[name].Labels["severity"] != "critical" {
			lasts = 45 * time.Minute // tickets wait, so that a page goes first
		}
		if after, err := model.ParseDuration(rules[name].For); err == nil {
			lasts = max(lasts, time.Duration(after)+15*time.Minute)
		}
	}
	return Script{
		{Do: oracle.Wait, For: 4*time.Minute + 13*time.Second}, {Do: oracle.Break, Fault: f.Name},
		{Do: oracle.Wait, For: lasts}, {Do: oracle.Heal, Fault: f.Name}, {Do: oracle.Wait, For: 22 * time.Minute},
	}
}

// Brief is a fault that is there for three slots. With copiers that run every
// minute it is enough to see what is blamed, and that it ends.
func Brief(f chaos.Fault) Script {
	return Script{
		{Do: oracle.Wait, For: 43 * time.Second}, {Do: oracle.Break, Fault: f.Name},
		{Do: oracle.Wait, For: 100 * time.Second}, {Do: oracle.Heal, Fault: f.Name}, {Do: oracle.Wait, For: 160 * time.Second},
	}
}

// Telling are the first of the faults that raise the same alerts: what is told of
// the others, and when, is the same.
func Telling() []chaos.Fault {
	told := map[string]bool{}
	return slices.DeleteFunc(chaos.Embedded(), func(f chaos.Fault) bool {
		key := strings.Join(f.Embedded.Alerts, " ")
		again := told[key]
		told[key] = true
		return again
	})
}

// Raised are the alerts that fired, but for those that always do.
func Raised(h oracle.History) []string {
	var names []string
	for _, e := range h.Events {
		if !slices.Contains(chaos.Standing(), e.Alert) {
			names = append(names, e.Alert)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
