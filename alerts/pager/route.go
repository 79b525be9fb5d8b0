package pager

import (
	"slices"

	"github.com/prometheus/alertmanager/config"
	matchers "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
)

// Route returns the route of an alert: the deepest first match.
func Route(r *config.Route, alert model.LabelSet) *config.Route {
	for _, child := range r.Routes {
		if matchers.Matchers(child.Matchers).Matches(alert) {
			return Route(child, alert)
		}
	}
	return r
}

// Inhibited reports whether one of the other alerts that fire mutes this one.
func Inhibited(cfg *config.Config, alert model.LabelSet, firing []model.LabelSet) bool {
	for _, rule := range cfg.InhibitRules {
		if !matchers.Matchers(rule.TargetMatchers).Matches(alert) {
			continue
		}
		for _, source := range firing {
			same := func(label string) bool {
				return source[model.LabelName(label)] == alert[model.LabelName(label)]
			}
			if !source.Equal(alert) && matchers.Matchers(rule.SourceMatchers).Matches(source) && !slices.ContainsFunc(rule.Equal, func(l string) bool { return !same(l) }) {
				return true
			}
		}
	}
	return false
}
