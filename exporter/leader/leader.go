// Package leader decides by a Lease of Kubernetes which one of several exporters
// checks. What a leader does is harmless when two do it, and worthless when none
// does; so the one rule is that nobody stands by without having seen lately that
// another one leads.
//
// The Lease has the form of client-go's leader election. Its library is not used:
// it needs the typed clients, and lets a leader go that cannot renew.
package leader

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/localfile"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// namespaceFile is where a pod finds the name of its namespace.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// InPod returns the way to the Kubernetes API that a pod has by itself, in its
// own namespace. Outside of a pod its error has the reason config.
func InPod() (config.Kubernetes, error) {
	text, err := localfile.Read(namespaceFile, localfile.MaxBytes)
	if err != nil {
		return config.Kubernetes{}, reason.Errorf(reason.Config, "reading the pod's own namespace %q: %s; want a pod with the token of a ServiceAccount", namespaceFile, localfile.Cause(err))
	}
	return config.Kubernetes{Namespace: strings.TrimSpace(string(text))}, nil
}

// Candidate takes part in the election of one Lease.
type Candidate struct {
	api  api
	log  *slog.Logger
	wall func() time.Time // what is written into the Lease; nothing is compared with it

	mu      sync.Mutex
	state   state
	failing reason.Reason // of the last round, "" where it did not fail
}

// New makes a candidate for the Lease called name, which is written by nobody
// else, in the namespace that kubernetes has. It asks nobody yet.
func New(kubernetes config.Kubernetes, name string, log *slog.Logger) *Candidate {
	c := &Candidate{api: api{kubernetes, name}, wall: time.Now, state: state{identity: newIdentity()}}
	c.log = log.With("lease", kubernetes.Namespace+"/"+name)
	return c
}

// Standing returns how the candidate stands now.
func (c *Candidate) Standing() Standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.standing(time.Now())
}

// Run takes part until ctx ends and then gives the Lease up, if it has it, in a
// bounded time. It calls lead whenever the candidate begins or ceases to lead,
// one call after the other, and waits for none of them before it returns: what is
// missed while a call takes long is said by the next.
func (c *Candidate) Run(ctx context.Context, lead func(leads bool)) error {
	c.update(func(s state, now time.Time) state {
		s.since, s.heard = now, now
		return s
	})
	news := make(chan bool, 1)
	var following sync.WaitGroup
	following.Go(func() {
		for leads := range news {
			lead(leads)
		}
	})
	defer following.Wait()
	defer close(news)
	for leads := false; ; {
		c.round(ctx)
		if standing := c.Standing(); standing.Leads != leads && ctx.Err() == nil {
			leads = standing.Leads
			c.log.Info("this exporter "+standing.String(), "leads", leads)
			select {
			case <-news: // what was not heard is not true any more
			default:
			}
			news <- leads
		}
		if !sleep(ctx, pace*4/5+rand.N(pace*2/5)) { // #nosec G404 -- it keeps candidates apart
			c.release(ctx)
			return nil
		}
	}
}

// round looks at the Lease, and writes it where that is this candidate's to do.
func (c *Candidate) round(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	err := c.try(limited)
	c.update(state.waited)
	if ctx.Err() == nil {
		c.note(err)
	}
}

func (c *Candidate) try(ctx context.Context) error {
	client, err := c.api.open()
	if err != nil {
		return err
	}
	defer client.Close()
	found, err := c.api.get(ctx, client)
	if err != nil {
		return err
	}
	known := c.update(func(s state, now time.Time) state { return s.saw(found.record, now) })
	if !known.free(time.Now()) {
		return nil
	}
	held := found.heldBy(known.identity, c.wall())
	if err := c.api.write(ctx, client, held); err != nil {
		return err
	}
	c.update(func(s state, now time.Time) state { return s.wrote(held.record, now) })
	return nil
}

// release gives up the Lease, so that nobody has to wait for its end. What fails
// here, the end of the Lease makes good.
func (c *Candidate) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), roundTimeout)
	defer cancel()
	client, err := c.api.open()
	if err != nil {
		return
	}
	defer client.Close()
	found, err := c.api.get(ctx, client)
	if err == nil && c.update(func(s state, now time.Time) state { return s.saw(found.record, now) }).holds() {
		err = c.api.write(ctx, client, found.released(c.wall()))
	}
	if err != nil {
		c.log.Warn("giving up the Lease failed; whoever is next waits for its end", "error", err)
	}
}

// note logs what changed in how rounds end, and not each of them.
func (c *Candidate) note(err error) {
	c.mu.Lock()
	before := c.failing
	c.failing = reason.Of(err)
	now := c.failing
	c.mu.Unlock()
	switch {
	case now == before:
	case errors.Is(err, errFaster):
		c.log.Info("another candidate wrote the Lease first")
	case err != nil:
		c.log.Warn("taking part in the election failed", "error", err)
	default:
		c.log.Info("taking part in the election works again")
	}
}

// update changes what is known and returns it.
func (c *Candidate) update(change func(state, time.Time) state) state {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = change(c.state, time.Now())
	return c.state
}

// sleep waits for d and reports false where ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
