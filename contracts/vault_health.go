package contracts

import (
	"maps"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// healthCodes ask for one status in every state, because the library takes
// 4xx and 5xx for failures and would drop the body.
var healthCodes = map[string]string{
	"uninitcode": "299", "sealedcode": "299", "standbycode": "299", "drsecondarycode": "299",
	"performancestandbycode": "299", "removedcode": "299", "haunhealthycode": "299",
}

// health is what a Vault says of itself: what all say, and beside it what only
// some editions and versions do.
type health struct {
	initialized, sealed, standby bool
	beside                       map[string]any
}

func (h health) body() any {
	said := map[string]any{
		"initialized": h.initialized, "sealed": h.sealed, "standby": h.standby,
		"version": pattern("1.21.0", `\d+\.\d+\.\d+([-+].*)?`), "server_time_utc": integer(1767323045),
	}
	maps.Copy(said, h.beside)
	return said
}

// The forms of a Vault's health.
var (
	active             = health{initialized: true}
	sealed             = health{initialized: true, sealed: true, standby: true}
	uninitialized      = health{sealed: true, standby: true}
	standby            = health{initialized: true, standby: true}
	performanceStandby = health{initialized: true, standby: true, beside: map[string]any{"performance_standby": true}}
	cutOff             = health{initialized: true, standby: true, beside: map[string]any{"ha_connection_healthy": false}}
	removed            = health{initialized: true, sealed: true, standby: true, beside: map[string]any{"removed_from_cluster": true}}
	secondary          = health{initialized: true, beside: map[string]any{"replication_dr_mode": "secondary"}}
)

// askHealth is a question for the health with every code asked for.
func askHealth(description string, state State, status int, body any, why reason.Reason) Exchange {
	return Exchange{Call: CallHealth, Reason: why, Interactions: []Interaction{{
		Description: description,
		State:       state,
		Request:     Request{Method: "GET", Path: "/v1/sys/health", Query: healthCodes},
		Response:    Response{Status: status, Header: jsonHeader, Body: body},
	}}}
}

// askHealthPlainly is the same behind a proxy that loses the query, so that
// Vault answers with its own status codes.
func askHealthPlainly(description string, state State, status int, h health, why reason.Reason) Exchange {
	exchange := askHealth(description+", query lost", state, status, h.body(), why)
	exchange.Interactions[0].Request.Query = nil
	exchange.DropsQuery = true
	return exchange
}

// vaultHealth is every answer of a Vault about its health, and of what stands
// in front of it.
func vaultHealth() []Exchange {
	replaced := askHealth("health, replaced", VaultReplaced, 200, nil, reason.MalformedResponse)
	replaced.Interactions[0].Response = Response{Status: 200, Header: htmlHeader, Text: SignInPage}
	redirected := askHealth("health, redirected to a sign-on", VaultBehindSignOn, 302, nil, reason.Redirected)
	redirected.Interactions[0].Response = Response{Status: 302, Header: map[string]any{"Location": SignOn}}
	return []Exchange{
		askHealth("health, active", VaultActive, 200, active.body(), ""),
		askHealth("health, sealed", VaultSealed, 299, sealed.body(), reason.Sealed),
		askHealth("health, uninitialized", VaultUninitialized, 299, uninitialized.body(), reason.Uninitialized),
		askHealth("health, standby", VaultLonelyStandby, 299, standby.body(), reason.Standby),
		askHealth("health, standby of an active node", VaultForwards, 299, standby.body(), reason.Standby),
		askHealth("health, standby cut off", VaultCutOff, 299, cutOff.body(), reason.Standby),
		askHealth("health, removed from its cluster", VaultRemoved, 299, removed.body(), reason.NodeRemoved),
		askHealth("health, disaster-recovery secondary", VaultDRSecondary, 299, secondary.body(), reason.Standby),
		askHealth("health, performance standby", VaultPerformanceStandby, 299, performanceStandby.body(), reason.Standby),
		replaced,
		redirected,
		askHealthPlainly("health, active", VaultActive, 200, active, ""),
		askHealthPlainly("health, sealed", VaultSealed, 503, sealed, reason.Sealed),
		askHealthPlainly("health, uninitialized", VaultUninitialized, 501, uninitialized, reason.Uninitialized),
		askHealthPlainly("health, standby", VaultLonelyStandby, 429, standby, reason.Standby),
		askHealthPlainly("health, standby cut off", VaultCutOff, 474, cutOff, reason.Standby),
		askHealthPlainly("health, removed from its cluster", VaultRemoved, 530, removed, reason.NodeRemoved),
		askHealthPlainly("health, disaster-recovery secondary", VaultDRSecondary, 472, secondary, reason.Standby),
		askHealthPlainly("health, performance standby", VaultPerformanceStandby, 473, performanceStandby, reason.Standby),
	}
}
