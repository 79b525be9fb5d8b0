package contracts

import "homelab.io/vault-health-exporter/exporter/reason"

var written = map[string]any{"data": version("", false)}

// write is the broker's write of the token, provided that the newest version
// is still cas.
func write(path, description string, state State, cas, status int, fields, body any, why reason.Reason) Exchange {
	call := CallWriteCopy
	if path == nasSecret {
		call = CallWriteToken
	}
	return Exchange{Call: call(cas), Reason: why, Interactions: []Interaction{{
		Description: "KV write, " + description,
		State:       state,
		Request: Request{
			Method: "PUT", Path: path, Header: vaultHeader,
			Body: map[string]any{"data": fields, "options": map[string]any{"cas": cas}},
		},
		Response: Response{Status: status, Header: jsonHeader, Body: body},
	}}}
}

var lostRace = vaultErrors("check-and-set parameter did not match the current version")

// vaultWrite is every answer of the main Vault to the broker's write.
func vaultWrite() []Exchange {
	copied := map[string]any{"token": aToken(), "updated_at": pattern(exampleSecond, secondForm), "source": Broker}
	return []Exchange{
		write(mainSecret, "first version", SecretMissing, 0, 200, copied, written, ""),
		write(mainSecret, "next version", SecretFirst, 1, 200, copied, written, ""),
		write(mainSecret, "race lost", SecretSecond, 1, 400, copied, lostRace, reason.HTTPUnexpected),
		write(mainSecret, "sealed", VaultSealed, 1, 503, copied, vaultErrors("Vault is sealed"), reason.Sealed),
		write(mainSecret, "forbidden", SecretForbidden, 1, 403, copied, vaultErrors(permissionDenied), reason.Forbidden),
	}
}

// vaultRotation is what the rotation asks of the NAS Vault.
func vaultRotation() []Exchange {
	rotated := map[string]any{"token": aToken(), "created_at": pattern(exampleSecond, secondForm), "rotated_from": like(exampleAccessor)}
	made := map[string]any{"auth": map[string]any{
		"client_token": aToken(), "accessor": like(exampleAccessor), "orphan": true,
	}}
	return []Exchange{
		{Call: CallCreateToken, Interactions: []Interaction{{
			Description: "token create, root token",
			State:       TokenWithoutRole,
			Request: Request{
				Method: "POST", Path: "/v1/auth/token/create", Header: vaultHeader,
				Body: map[string]any{
					"no_parent": true, "display_name": "token-rotator", "policies": []any{"root"},
					"num_uses": 0, "type": "", "entity_alias": "",
				},
			},
			Response: Response{Status: 200, Header: jsonHeader, Body: made},
		}}},
		{Call: CallRevokeAccessor, Interactions: []Interaction{{
			Description: "token revoke, gone already",
			State:       TokenUnknown,
			Request: Request{
				Method: "POST", Path: "/v1/auth/token/revoke-accessor", Header: vaultHeader,
				Body: map[string]any{"accessor": like(exampleAccessor)},
			},
			Response: Response{Status: 200, Header: jsonHeader, Body: map[string]any{"warnings": []any{"No token found with this accessor"}}},
		}}},
		write(nasSecret, "next version", SecretFirst, 1, 200, rotated, written, ""),
		write(nasSecret, "race lost", SecretSecond, 1, 400, rotated, lostRace, reason.HTTPUnexpected),
	}
}
