package contracts

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// team is a namespace, which OpenBao and Vault Enterprise have.
const team = "team"

// namespaceTokenForm is a token that was made in a namespace: it ends in the
// namespace's id.
const namespaceTokenForm = tokenForm + `\.[A-Za-z0-9]+`

var namespaceHeader = map[string]any{"X-Vault-Namespace": team, "X-Vault-Token": aToken(), "X-Vault-Request": "true"}

// InNamespace makes a call with the namespace configured.
func InNamespace(call Call) Call {
	return func(ctx context.Context, t Target) error {
		t.Vault.Namespace = team
		return call(ctx, t)
	}
}

func readInNamespace(path, description string, state State, status int, body any, why reason.Reason) Exchange {
	exchange := readSecret(path, description, state, status, body, why)
	exchange.Call = InNamespace(exchange.Call)
	exchange.Interactions[0].Request.Header = namespaceHeader
	return exchange
}

// vaultNamespace is every answer about the KV secret in a namespace.
func vaultNamespace(path string) []Exchange {
	return []Exchange{
		readInNamespace(path, "in a namespace", SecretInNamespace, 200, stored(map[string]any{"token": aToken()}), ""),
		readInNamespace(path, "no such namespace", NamespaceMissing, 404, vaultErrors("namespace not found"), reason.MountMissing),
		readInNamespace(path, "sealed namespace", NamespaceSealed, 503, vaultErrors("namespace is sealed"), reason.Sealed),
	}
}

// vaultNamespaceToken is what a Vault says of a token that was made in a
// namespace, wherever it is asked.
func vaultNamespaceToken() []Exchange {
	told := map[string]any{"data": map[string]any{
		"ttl": integer(3600), "expire_time": pattern(exampleTime, timeForm), "policies": eachLike("default"),
		"accessor": pattern(exampleAccessor+".nsid1", `[A-Za-z0-9]+\.[A-Za-z0-9]+`), "id": pattern(ExampleToken+".nsid1", namespaceTokenForm),
	}}
	there := lookup("of a namespace, asked there", TokenOfNamespace, 200, told, "")
	there.Call = InNamespace(there.Call)
	there.Interactions[0].Request.Header = namespaceHeader
	return []Exchange{lookup("of a namespace", TokenOfNamespace, 200, told, ""), there}
}
