// Package upstream holds the clients of the flow's servers: Vault, the Docker
// API and the Kubernetes API. They wrap the well-kept libraries, give every
// failure a reason, cap what is read, never retry, and note what they did.
package upstream

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// Trace is what the clients of one check did and met.
type Trace struct {
	// Steps are the requests in order, the failed one included.
	Steps []Step
	// Certificates are the leaf certificates met on the way, also those whose
	// handshake failed.
	Certificates []Certificate
	// Opened is how many connections were opened, and Reused how many requests went
	// over one of before.
	Opened, Reused int
	// Created is when the KV v2 version that was read was made; zero where none was.
	Created time.Time
	// RotationOpened is when the oldest rotation began that is noted beside the
	// KV v2 secret and has not ended; zero where none is.
	RotationOpened time.Time
}

// Step is one request to one upstream.
type Step struct {
	// Operation is the name of one.
	Operation string
	// Target is the configured address, never one out of a reply.
	Target   string
	Start    time.Time
	Duration time.Duration
	// Reason is "" for a step that passed.
	Reason reason.Reason
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

// step runs one request and notes it, with its error turned into one that has
// a reason.
func (t *Trace) step(ctx context.Context, op Operation, target string, request func(context.Context) error) error {
	start := time.Now()
	err := request(ctx)
	if late(ctx, err) {
		err = reason.Errorf(reason.Timeout, "got no answer in time")
	}
	t.Steps = append(t.Steps, Step{Operation: op.Name, Target: target, Start: start, Duration: time.Since(start), Reason: reason.Of(err)})
	if err != nil {
		return reason.From(err, "%s %q", op.Doing, target)
	}
	return nil
}

// late reports whether it is the time limit that a request failed by. Only our own
// stop cancels, though libraries say so of a limit as well. What the limit cuts off
// looks like a reset or like half a reply, by whether the connection or the context
// came to it first, and by whether the end is read a second time.
func late(ctx context.Context, err error) bool {
	if ctx.Err() == context.Canceled {
		return false
	}
	switch reason.Of(err) {
	case reason.Canceled:
		return true
	case reason.ConnectionReset, reason.Truncated, reason.MalformedResponse:
		deadline, limited := ctx.Deadline()
		return limited && !time.Now().Before(deadline)
	}
	return false
}
