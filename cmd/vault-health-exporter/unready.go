package main

import (
	"context"
	"fmt"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// unready returns what is wrong with the files that the flows' checks begin with.
// The checks run in a context that has ended: they read their files and ask nobody.
func unready(cfg *config.Config) (problems []string) {
	ended, end := context.WithCancel(context.Background())
	end()
	note := func(f config.Flow, what, name string, err error) {
		if reason.Of(err) == reason.Config {
			problems = append(problems, fmt.Sprintf("flow %q, %s %q: %v", f.Name, what, name, err))
		}
	}
	for _, f := range cfg.Flows {
		for _, h := range hop.Build(f) {
			reading, err := h.Check(ended)
			reading.Token.Destroy()
			note(f, "hop", string(h.Name), err)
		}
		for _, tier := range hop.FallbackTiers(f) {
			t, err := tier.Read(ended)
			t.Destroy()
			note(f, "tier", tier.Name, err)
		}
	}
	return problems
}
