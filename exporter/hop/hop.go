// Package hop holds the checks, one file each. A check is a function: context
// in, reading or error out. It never logs, retries, sleeps or records; the
// runner does all of that, once, for every hop.
package hop

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Check exercises one hop once. The reading is valid beside an error too: it
// then holds what was learned before the failure. Every error has a reason.
type Check func(context.Context) (Reading, error)

// Hop is a configured hop: its place on the flow and its check.
type Hop struct {
	Name  flow.Hop
	Check Check
	// Operations are the kinds of request that the check makes.
	Operations []upstream.Operation
	// End, where set, gives up what checks leave to the next ones. Call it after the
	// last; it may be that of other hops, too.
	End func(context.Context)
	// Upstream is the server that the check asks, or the first of them, as the
	// configuration names it: so many checks at a time as one server may have.
	Upstream string
	// Exclusive, where set, names a resource that serves one check at a time.
	Exclusive string
}

// Reading is what a check found. A pointer that is nil was not learned.
type Reading struct {
	upstream.Trace
	// Facts are what is exported of that as gauges.
	Facts []catalogue.Fact
	// Token is the copy that the hop holds; zero at hops that hold none.
	Token token.Token
	// KVVersion is the KV v2 version of that copy; 0 where there is none.
	KVVersion int
	Vault     *upstream.VaultState
	Auth      *upstream.TokenState
	Broker    *BrokerState
	External  *ExternalState
}

// manyFacts is as many as most checks find.
const manyFacts = 8

// found adds facts to what is exported.
func (r *Reading) found(facts ...catalogue.Fact) {
	if r.Facts == nil {
		r.Facts = make([]catalogue.Fact, 0, manyFacts)
	}
	r.Facts = append(r.Facts, facts...)
}

// BrokerState is what the CronJob says; LastSuccess is zero before the first.
type BrokerState struct{ LastSuccess time.Time }

// ExternalState is what the ExternalSecret says; Refreshed is zero before the first.
type ExternalState struct {
	Ready     bool
	Refreshed time.Time
	// Source is what the Secret is made from; nil was not learned.
	Source *Source
}
