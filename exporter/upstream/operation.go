package upstream

// Operation is a kind of request.
type Operation struct {
	// Name is its value of the label "operation".
	Name string
	// Doing says it in the words of an error message.
	Doing string
}

// The operations that checks make.
var (
	OpDockerInspect  = Operation{"docker_inspect", "inspecting the container"}
	OpDockerExec     = Operation{"docker_exec", "reading the token file in the container"}
	OpVaultHealth    = Operation{"vault_health", "asking for the health of Vault"}
	OpVaultLogin     = Operation{"vault_login", "logging in to Vault"}
	OpVaultLogout    = Operation{"vault_logout", "logging out of Vault"}
	OpVaultKVRead    = Operation{"vault_kv_read", "reading the KV secret"}
	OpTokenLookup    = Operation{"token_lookup", "looking up the applications' token"}
	OpK8sGet         = Operation{"k8s_get", "getting the object"}
	OpK8sList        = Operation{"k8s_list", "listing the objects"}
	OpPKISign        = Operation{"pki_sign", "having a canary certificate signed"}
	OpTransitDecrypt = Operation{"transit_decrypt", "decrypting with the transit key"}
)
