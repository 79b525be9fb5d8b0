package hop

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Fact names what an Observer looks at.
type Fact string

// The facts beside the hops.
const (
	FactSnapshot Fact = "snapshot"
	FactFeatures Fact = "features"
	FactFallback Fact = "fallback"
)

// Observer looks at one fact beside the hops: it is exported and never blamed.
type Observer struct {
	Fact Fact
	// Tier is the fallback tier that FactFallback is about.
	Tier string
	// Upstream is that of a Hop; empty is none, for a file.
	Upstream string
	// Look obeys the rules of a Check.
	Look func(context.Context) (Observation, error)
}

// Observation is what an Observer saw. What it did not learn stays nil and is
// then absent from the metrics.
type Observation struct {
	// Snapshot is when the newest raft snapshot was taken.
	Snapshot *time.Time
	// Features are the rollout flags by name.
	Features map[string]bool
	// Token is what a tier holds; Usable is nil where the NAS Vault could not be
	// asked about it.
	Token  token.Token
	Usable *bool
}

// Observers returns the observers that f configures.
func Observers(f config.Flow) []Observer {
	var all []Observer
	if k8s := f.Main.Kubernetes; k8s != nil && k8s.Snapshot != nil {
		all = append(all, Observer{Fact: FactSnapshot, Upstream: nameOf(k8s), Look: Snapshot(*k8s)})
	}
	if f.FeaturesDir != "" {
		all = append(all, Observer{Fact: FactFeatures, Look: Features(f.FeaturesDir)})
	}
	for _, tier := range FallbackTiers(f) {
		all = append(all, Observer{Fact: FactFallback, Tier: tier.Name, Upstream: nameOf(f.Main.Kubernetes), Look: Fallback(tier, f.NAS.Vault)})
	}
	return all
}
