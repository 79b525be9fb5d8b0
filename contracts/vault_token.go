package contracts

import (
	"slices"

	"homelab.io/vault-health-exporter/exporter/reason"
)

func lookup(description string, state State, status int, body any, why reason.Reason) Exchange {
	return Exchange{Call: CallLookup, Reason: why, Interactions: []Interaction{{
		Description: "lookup-self, " + description,
		State:       state,
		Request:     Request{Method: "GET", Path: "/v1/auth/token/lookup-self", Header: vaultHeader},
		Response:    Response{Status: status, Header: jsonHeader, Body: body},
	}}}
}

// vaultToken is every answer of a Vault to a token that asks about itself.
func vaultToken() []Exchange {
	root := map[string]any{"data": map[string]any{"ttl": 0, "expire_time": nil, "policies": []any{"root"}, "accessor": like(exampleAccessor)}}
	limited := map[string]any{"data": map[string]any{
		"ttl": integer(3600), "expire_time": pattern(exampleTime, timeForm), "policies": eachLike("default"), "accessor": like(exampleAccessor),
	}}
	return []Exchange{
		lookup("root token", TokenRoot, 200, root, ""),
		lookup("with a time to live", TokenLimited, 200, limited, ""),
		lookup("revoked", TokenRevoked, 403, vaultErrors(invalidToken), reason.Revoked),
		lookup("too narrow", TokenTooNarrow, 403, vaultErrors(permissionDenied), reason.Policy),
		lookup("sealed", VaultSealed, 503, vaultErrors("Vault is sealed"), reason.Sealed),
	}
}

func exporterNASVault() []Exchange {
	return slices.Concat(vaultHealth(), vaultKV(nasSecret), vaultToken(), vaultPKI(), vaultTransit())
}

func brokerNASVault() []Exchange {
	exchanges := append(append(vaultHealth(), vaultKV(nasSecret)...), vaultToken()...)
	return append(exchanges, vaultRotation()...)
}
