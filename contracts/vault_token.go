package contracts

import (
	"maps"
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

// vaultToken is every answer of a Vault to a token that asks about itself. It
// refuses with one status what is no token, a token that may be used from other
// addresses only, and one whose policies are too narrow; the words differ.
func vaultToken() []Exchange {
	said := func(fields map[string]any) any {
		maps.Copy(fields, map[string]any{"policies": eachLike("default"), "accessor": like(exampleAccessor)})
		return map[string]any{"data": fields}
	}
	root := map[string]any{"data": map[string]any{"ttl": 0, "expire_time": nil, "policies": []any{"root"}, "accessor": like(exampleAccessor)}}
	limited := func(uses int) any {
		return said(map[string]any{"ttl": integer(3600), "expire_time": pattern(exampleTime, timeForm), "num_uses": uses})
	}
	unplaced := "error performing token check: failed to look up namespace from the token: no namespace"
	return append(vaultNamespaceToken(),
		lookup("root token", TokenRoot, 200, root, ""),
		lookup("with a time to live", TokenLimited, 200, limited(0), ""),
		lookup("with uses left", TokenCounted, 200, limited(2), reason.LimitedUses),
		lookup("with its last use", TokenLastUse, 200, limited(-1), reason.Revoked),
		lookup("revoked", TokenRevoked, 403, vaultErrors(invalidToken), reason.Revoked),
		lookup("revoked, at OpenBao", TokenUnknownAtOpenBao, 403, vaultErrors("permission denied"), reason.TokenRefused),
		lookup("of an unknown namespace", TokenUnplaced, 500, vaultErrors(unplaced), reason.Revoked),
		lookup("bound to other addresses", TokenBound, 403, vaultErrors("permission denied"), reason.TokenRefused),
		lookup("of a disabled entity", TokenDisabled, 403, vaultErrors("permission denied"), reason.TokenRefused),
		lookup("too narrow", TokenTooNarrow, 403, vaultErrors(permissionDenied), reason.Policy),
		refusedByMesh(lookup("refused by a proxy", VaultBehindMesh, 403, nil, reason.ProxyRefused)),
		redirected(lookup("redirected by a standby", VaultRedirects, 307, nil, reason.Standby)),
		lookup("standby", VaultLonelyStandby, 500, vaultErrors(noActiveNode), reason.Standby),
		lookup("sealed", VaultSealed, 503, vaultErrors("Vault is sealed"), reason.Sealed),
	)
}

func exporterNASVault() []Exchange {
	return slices.Concat(vaultHealth(), vaultKV(nasSecret), vaultToken(), vaultPKI(), vaultTransit())
}

func brokerNASVault() []Exchange {
	exchanges := append(append(vaultHealth(), vaultKV(nasSecret)...), vaultToken()...)
	return append(exchanges, vaultRotation()...)
}
