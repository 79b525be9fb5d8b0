package contracts

import "homelab.io/vault-health-exporter/exporter/reason"

var (
	jsonHeader = map[string]any{"Content-Type": pattern("application/json", jsonMedia)}
	htmlHeader = map[string]any{"Content-Type": pattern("text/html", `text/html(;.*)?`)}
	// vaultHeader is what a request that needs a token carries.
	vaultHeader = map[string]any{"X-Vault-Token": aToken(), "X-Vault-Request": "true"}
)

// Where the token is in the two Vaults.
const (
	nasSecret  = "/v1/secret/data/tokens/root"
	mainSecret = "/v1/secret/data/nas/vault-token"
)

// vaultErrors is the body of Vault's refusals.
func vaultErrors(messages ...string) any {
	list := []any{}
	for _, message := range messages {
		list = append(list, message)
	}
	return map[string]any{"errors": list}
}

const (
	permissionDenied = "1 error occurred:\n\t* permission denied\n\n"
	noActiveNode     = "local node not active but active cluster node not found"
	invalidToken     = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
)

// version is the metadata of a version of a KV v2 secret.
func version(deletion any, destroyed bool) any {
	return map[string]any{
		"created_time": pattern(exampleTime, timeForm), "deletion_time": deletion,
		"destroyed": destroyed, "version": integer(7),
	}
}

// stored is the reply with a version that can be read.
func stored(fields map[string]any) any {
	return map[string]any{"data": map[string]any{"data": fields, "metadata": version("", false)}}
}

// gone is the reply with a version that cannot: a 404 that carries metadata.
func gone(deletion any, destroyed bool) any {
	return map[string]any{"data": map[string]any{"data": nil, "metadata": version(deletion, destroyed)}}
}

func readSecret(path, description string, state State, status int, body any, why reason.Reason) Exchange {
	return Exchange{Call: CallReadToken, Reason: why, Interactions: []Interaction{{
		Description: "KV read, " + description,
		State:       state,
		Request:     Request{Method: "GET", Path: path, Header: vaultHeader},
		Response:    Response{Status: status, Header: jsonHeader, Body: body},
	}}}
}

// redirected is a standby's answer where it cannot forward the request: to the
// same path of the active node. Its body is empty, which tells it from a proxy's.
func redirected(exchange Exchange) Exchange {
	path := exchange.Interactions[0].Request.Path.(string)
	exchange.Interactions[0].Response = Response{Status: 307, Header: map[string]any{
		"Location": pattern("http://active.invalid:8200"+path, `https?://[^/]+`+path), "Content-Length": "0",
	}}
	return exchange
}

// vaultKV is every answer of a Vault about the KV secret at path.
func vaultKV(path string) []Exchange {
	limited := `request path "` + path[len("/v1/"):] + `": rate limit quota exceeded`
	unrouted := map[string]any{"errors": []any{pattern(
		`no handler for route "`+path[len("/v1/"):]+`". route entry not found.`, `no handler for route ".+"\. route entry not found\.`,
	)}}
	return append(vaultNamespace(path),
		readSecret(path, "stored", SecretStored, 200, stored(map[string]any{"token": aToken()}), ""),
		readSecret(path, "forwarded by a standby", VaultForwards, 200, stored(map[string]any{"token": aToken()}), ""),
		redirected(readSecret(path, "redirected by a standby", VaultRedirects, 307, nil, reason.Standby)),
		readSecret(path, "disaster-recovery secondary", VaultDRSecondary, 400, vaultErrors("path disabled in replication DR secondary mode"), reason.Standby),
		refusedByMesh(readSecret(path, "refused by a proxy", VaultBehindMesh, 403, nil, reason.ProxyRefused)),
		readSecret(path, "no such mount", SecretUnmounted, 404, unrouted, reason.MountMissing),
		readSecret(path, "sealed", VaultSealed, 503, vaultErrors("Vault is sealed"), reason.Sealed),
		readSecret(path, "uninitialized", VaultUninitialized, 503, vaultErrors("Vault is sealed"), reason.Sealed),
		readSecret(path, "standby", VaultLonelyStandby, 500, vaultErrors(noActiveNode), reason.Standby),
		readSecret(path, "forbidden", SecretForbidden, 403, vaultErrors(permissionDenied), reason.Forbidden),
		readSecret(path, "rate limited", SecretRateLimited, 429, vaultErrors(limited), reason.RateLimited),
		readSecret(path, "missing", SecretMissing, 404, vaultErrors(), reason.NotFound),
		readSecret(path, "soft-deleted", SecretDeleted, 404, gone(pattern(exampleTime, timeForm), false), reason.SoftDeleted),
		readSecret(path, "destroyed", SecretDestroyed, 404, gone("", true), reason.Destroyed),
		readSecret(path, "field missing", SecretWithoutKey, 200, stored(map[string]any{"created_at": like(exampleSecond)}), reason.KeyMissing),
		readSecret(path, "malformed", SecretMalformed, 200, stored(map[string]any{"token": "Root token: ask the administrator"}), reason.Malformed),
		readSecret(path, "not text", SecretNumber, 200, stored(map[string]any{"token": 4}), reason.Malformed),
		readSecret(path, "missing in KV version 1", SecretNotFlat, 404, vaultErrors(), reason.NotFound),
		readSecret(path, "KV version 1", SecretFlat, 200, map[string]any{"data": map[string]any{"token": aToken()}}, reason.KVVersion),
	)
}
