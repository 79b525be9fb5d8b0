package upstream

// The operations: the kinds of request that a check makes. They are the values
// of the label "operation".
const (
	OpDockerInspect = "docker_inspect"
	OpDockerExec    = "docker_exec"
	OpVaultHealth   = "vault_health"
	OpVaultLogin    = "vault_login"
	OpVaultKVRead   = "vault_kv_read"
	OpTokenLookup   = "token_lookup"
	OpK8sGet        = "k8s_get"
	OpK8sList       = "k8s_list"
)

// doing says each operation in the words of an error message.
var doing = map[string]string{
	OpDockerInspect: "inspecting the container",
	OpDockerExec:    "reading the token file in the container",
	OpVaultHealth:   "asking for the health of Vault",
	OpVaultLogin:    "logging in to Vault",
	OpVaultKVRead:   "reading the KV secret",
	OpTokenLookup:   "looking up the applications' token",
	OpK8sGet:        "getting the object",
	OpK8sList:       "listing the objects",
}

// Operations returns every operation.
func Operations() []string {
	return []string{
		OpDockerInspect, OpDockerExec, OpVaultHealth, OpVaultLogin,
		OpVaultKVRead, OpTokenLookup, OpK8sGet, OpK8sList,
	}
}
