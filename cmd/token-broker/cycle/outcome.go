package cycle

import (
	"fmt"

	"homelab.io/vault-health-exporter/cmd/token-broker/event"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Outcome is what came of a cycle.
type Outcome string

// The outcomes.
const (
	// Disabled: the rollout flags keep the broker from moving the token.
	Disabled Outcome = "disabled"
	// Current: the main Vault holds the NAS Vault's token already.
	Current Outcome = "current"
	// Updated: the main Vault holds a new token.
	Updated Outcome = "updated"
	// Superseded: another writer was faster, with another token.
	Superseded Outcome = "superseded"
	// Unreachable: the NAS is away; the main Vault keeps its token.
	Unreachable Outcome = "nas_unreachable"
	// Invalid: the NAS offers something that is not a working token.
	Invalid Outcome = "invalid_token"
	// Stale: both Vaults hold the same token and it does not work any more.
	Stale Outcome = "token_stale"
	// Failed: a Vault refused us, or did not answer as it should.
	Failed Outcome = "update_failed"
)

// Result is the outcome of a cycle and, of one that did not do what it is for,
// the reason.
type Result struct {
	Outcome Outcome
	Reason  reason.Reason
}

// NeedsPerson reports whether the next cycle cannot mend it by itself.
func (r Result) NeedsPerson() bool {
	switch r.Outcome {
	case Invalid, Stale, Failed:
		return true
	}
	return false
}

// event returns what a person is told; the outcomes that change nothing and
// break nothing have no Event, or every cycle would make one.
func (r Result) event() (event.Event, bool) {
	names := map[Outcome]event.Event{
		Updated:     {Reason: "TokenUpdated", Text: "The main Vault holds a new token of the NAS Vault."},
		Unreachable: {Reason: "NASUnreachable", Text: "The NAS Vault cannot be reached; the main Vault keeps its token.", Warning: true},
		Invalid:     {Reason: "InvalidToken", Text: "The NAS Vault offers something that is not a working token; nothing was written.", Warning: true},
		Stale:       {Reason: "TokenStale", Text: "Both Vaults hold the same token and it does not work any more.", Warning: true},
		Failed:      {Reason: "UpdateFailed", Text: "The token could not be moved.", Warning: true},
	}
	e, ok := names[r.Outcome]
	if ok && r.Reason != "" {
		e.Text += fmt.Sprintf(" Reason: %s (%s).", r.Reason, r.Reason.Plain())
	}
	return e, ok
}
