package contracts

import "homelab.io/vault-health-exporter/exporter/reason"

func login(role, description string, state State, status int, body any, why reason.Reason) Exchange {
	return Exchange{Call: CallLogin, Reason: why, Interactions: []Interaction{{
		Description: "login, " + description,
		State:       state,
		Request: Request{
			Method: "PUT", Path: "/v1/auth/kubernetes/login",
			Body: map[string]any{"role": role, "jwt": like(exampleJWT)},
		},
		Response: Response{Status: status, Header: jsonHeader, Body: body},
	}}}
}

// vaultLogin is every answer of the main Vault to a login with role.
func vaultLogin(role string) []Exchange {
	granted := map[string]any{"auth": map[string]any{
		"client_token": pattern(ExampleToken, `hv[sb]\.[A-Za-z0-9_-]{20,}`), "lease_duration": integer(300),
	}}
	return []Exchange{
		login(role, "accepted", LoginAccepted, 200, granted, ""),
		login(role, "refused", LoginRefused, 403, vaultErrors("service account name not authorized"), reason.Forbidden),
		login(role, "bad JWT", LoginBadJWT, 403, vaultErrors("permission denied"), reason.Forbidden),
		login(role, "no such role", LoginNoRole, 400, map[string]any{"errors": []any{pattern(`invalid role name "`+role+`"`, `invalid role name ".+"`)}}, reason.Forbidden),
		refusedByMesh(login(role, "refused by a proxy", VaultBehindMesh, 403, nil, reason.ProxyRefused)),
		login(role, "sealed", VaultSealed, 503, vaultErrors("Vault is sealed"), reason.Sealed),
	}
}

func exporterMainVault() []Exchange {
	return append(append(vaultHealth(), vaultLogin(Exporter)...), vaultKV(mainSecret)...)
}

func brokerMainVault() []Exchange {
	return append(append(vaultLogin(Broker), vaultKV(mainSecret)...), vaultWrite()...)
}
