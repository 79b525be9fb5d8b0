package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// trialLimit bounds what one check does before it asks anybody: it reads a few
// small files. On a folder that a server has mounted here and forgotten it hangs.
const trialLimit = 10 * time.Second

// unready returns what is wrong with the files that the flows' checks begin with.
// The checks run in a context that has ended: they read their files and ask
// nobody. When ctx ends, so does the search, with an error.
func unready(ctx context.Context, cfg *config.Config) (problems []string, err error) {
	try := func(f config.Flow, what, name string, check func(context.Context) error) {
		if ctx.Err() != nil {
			return
		}
		if problem := trial(ctx, check); problem != nil {
			problems = append(problems, fmt.Sprintf("flow %q, %s %q: %v", f.Name, what, name, problem))
		}
	}
	for _, f := range cfg.Flows {
		for _, h := range hop.Build(f, nil) {
			try(f, "hop", string(h.Name), func(ctx context.Context) error {
				reading, err := h.Check(ctx)
				reading.Token.Destroy()
				return err
			})
		}
		for _, tier := range hop.FallbackTiers(f) {
			try(f, "tier", tier.Name, func(ctx context.Context) error {
				t, err := tier.Read(ctx)
				t.Destroy()
				return err
			})
		}
	}
	if ctx.Err() != nil {
		return nil, errors.New("trying what the checks begin with: stopped by a signal before all of it was tried")
	}
	return problems, nil
}

// trial returns what is wrong with what check begins with, nil where that is
// nothing. It returns also where check does not.
func trial(ctx context.Context, check func(context.Context) error) error {
	ended, end := context.WithCancel(ctx)
	end()
	limited, cancel := context.WithTimeout(ctx, trialLimit)
	defer cancel()
	err, ok := runner.Bounded(limited, 0, func(context.Context) error { return check(ended) }, func(error) {})
	switch {
	case !ok:
		return reason.Errorf(reason.Timeout, "reading what it begins with: got no end within %s, want files that can be read; look at where they are mounted from", trialLimit)
	case reason.Of(err) == reason.Config:
		return err
	}
	return nil
}
