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
