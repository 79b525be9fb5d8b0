package contracts

import "homelab.io/vault-health-exporter/exporter/reason"

// SignInPage is what a network's sign-in page answers everything with.
const SignInPage = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>\n"

// healthCodes ask for one status in every state, because the library takes
// 4xx and 5xx for failures and would drop the body.
var healthCodes = map[string]string{
	"uninitcode": "299", "sealedcode": "299", "standbycode": "299", "drsecondarycode": "299",
	"performancestandbycode": "299", "removedcode": "299", "haunhealthycode": "299",
}

// health is what a Vault says of itself.
type health struct{ initialized, sealed, standby, performanceStandby bool }

func (h health) body() any {
	return map[string]any{
		"initialized": h.initialized, "sealed": h.sealed, "standby": h.standby, "performance_standby": h.performanceStandby,
		"version": pattern("1.21.0", `\d+\.\d+\.\d+([-+].*)?`), "server_time_utc": integer(1767323045),
	}
}

// The forms of a Vault's health.
var (
	active             = health{initialized: true}
	sealed             = health{initialized: true, sealed: true, standby: true}
	uninitialized      = health{sealed: true, standby: true}
	standby            = health{initialized: true, standby: true}
	performanceStandby = health{initialized: true, standby: true, performanceStandby: true}
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

// vaultHealth is every answer of a Vault about its health.
func vaultHealth() []Exchange {
	replaced := askHealth("health, replaced", VaultReplaced, 200, nil, reason.MalformedResponse)
	replaced.Interactions[0].Response = Response{Status: 200, Header: htmlHeader, Text: SignInPage}
	return []Exchange{
		askHealth("health, active", VaultActive, 200, active.body(), ""),
		askHealth("health, sealed", VaultSealed, 299, sealed.body(), reason.Sealed),
		askHealth("health, uninitialized", VaultUninitialized, 299, uninitialized.body(), reason.Uninitialized),
		askHealth("health, standby", VaultLonelyStandby, 299, standby.body(), reason.Standby),
		askHealth("health, performance standby", VaultPerformanceStandby, 299, performanceStandby.body(), reason.Standby),
		replaced,
		askHealthPlainly("health, active", VaultActive, 200, active, ""),
		askHealthPlainly("health, sealed", VaultSealed, 503, sealed, reason.Sealed),
		askHealthPlainly("health, uninitialized", VaultUninitialized, 501, uninitialized, reason.Uninitialized),
		askHealthPlainly("health, standby", VaultLonelyStandby, 429, standby, reason.Standby),
		askHealthPlainly("health, performance standby", VaultPerformanceStandby, 473, performanceStandby, reason.Standby),
	}
}
