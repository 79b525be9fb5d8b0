// Package hop holds the checks, one file each. A check is a function: context
// in, reading or error out. It never logs, retries, sleeps or records; the
// runner does all of that, once, for every hop.
package hop

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Check exercises one hop once. The reading is valid beside an error too: it
// then holds what was learned before the failure. Every error has a reason.
type Check func(context.Context) (Reading, error)

// Hop is a configured hop: its place on the flow and its check.
type Hop struct {
	Name  flow.Hop
	Check Check
	// Exclusive, where set, names a resource that serves one check at a time.
	Exclusive string
}

// Reading is what a check found. A pointer that is nil was not learned.
type Reading struct {
	// Token is the copy that the hop holds; zero at hops that hold none.
	Token token.Token
	// KVVersion is the KV v2 version of that copy; 0 where there is none.
	KVVersion int
	Vault     *VaultState
	Auth      *TokenState
	Broker    *BrokerState
	External  *ExternalState
	// Certificates are the leaf certificates met on the way, also those whose
	// handshake failed.
	Certificates []Certificate
	// Steps are the requests of the check in order, the failed one included.
	Steps []Step
}

// VaultState is what a Vault says of itself.
type VaultState struct {
	Initialized, Sealed, Standby bool
	Version                      string
	// ClockSkew is Vault's clock minus ours at the request's midpoint; nil
	// where the answer carried no time.
	ClockSkew *time.Duration
}

// TokenState is what lookup-self says of the applications' token.
type TokenState struct {
	Valid bool
	// Root says that the token carries the root policy.
	Root bool
	// Expiry is when the token ends; zero for a token without TTL.
	Expiry time.Time
}

// BrokerState is what the CronJob says; LastSuccess is zero before the first.
type BrokerState struct{ LastSuccess time.Time }

// ExternalState is what the ExternalSecret says; Refreshed is zero before the first.
type ExternalState struct {
	Ready     bool
	Refreshed time.Time
}

// Certificate is the leaf certificate of an endpoint.
type Certificate struct {
	// Endpoint is one of the constants below, never a name out of the certificate.
	Endpoint string
	NotAfter time.Time
}

// The endpoints whose certificates are watched.
const (
	EndpointDocker       = "docker"
	EndpointDockerClient = "docker_client"
	EndpointNASVault     = "nas_vault"
	EndpointMainVault    = "main_vault"
	EndpointKubernetes   = "kubernetes"
)

// Step is one request to one upstream.
type Step struct {
	// Operation is one of the constants in operation.go.
	Operation string
	// Target is the configured address, never one out of a reply.
	Target   string
	Duration time.Duration
	// Reason is "" for a step that passed.
	Reason reason.Reason
}

// step runs one request and appends it to the reading's steps, with its error
// turned into one that has a reason.
func (r *Reading) step(ctx context.Context, operation, target string, request func(context.Context) error) error {
	start := time.Now()
	err := request(ctx)
	r.Steps = append(r.Steps, Step{Operation: operation, Target: target, Duration: time.Since(start), Reason: reason.Of(err)})
	if err != nil {
		return reason.From(err, "%s %q", doing[operation], target)
	}
	return nil
}
