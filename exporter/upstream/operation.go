package upstream

// The operations: the kinds of request that a check makes. They are the values
// of the label "operation".
const (
	OpDockerInspect  = "docker_inspect"
	OpDockerExec     = "docker_exec"
	OpVaultHealth    = "vault_health"
	OpVaultLogin     = "vault_login"
	OpVaultKVRead    = "vault_kv_read"
	OpTokenLookup    = "token_lookup"
	OpK8sGet         = "k8s_get"
	OpK8sList        = "k8s_list"
	OpPKISign        = "pki_sign"
	OpTransitEncrypt = "transit_encrypt"
	OpTransitDecrypt = "transit_decrypt"
)

// The operations of the broker, which writes. No check makes them, so they are
// not among Operations, which are the values of an exporter's label.
const (
	OpDockerWrite   = "docker_write"
	OpVaultKVWrite  = "vault_kv_write"
	OpVaultMetadata = "vault_kv_metadata"
	OpTokenCreate   = "token_create"
	OpTokenRevoke   = "token_revoke"
	OpTokenList     = "token_list"
	OpVaultSnapshot = "vault_snapshot"
	OpK8sCreate     = "k8s_create"
	OpK8sPatch      = "k8s_patch"
)

// doing says each operation in the words of an error message.
var doing = map[string]string{
	OpDockerInspect:  "inspecting the container",
	OpDockerExec:     "reading the token file in the container",
	OpVaultHealth:    "asking for the health of Vault",
	OpVaultLogin:     "logging in to Vault",
	OpVaultKVRead:    "reading the KV secret",
	OpTokenLookup:    "looking up the applications' token",
	OpK8sGet:         "getting the object",
	OpK8sList:        "listing the objects",
	OpPKISign:        "having a canary certificate signed",
	OpTransitEncrypt: "encrypting with the transit key",
	OpTransitDecrypt: "decrypting with the transit key",
	OpDockerWrite:    "writing the token file in the container",
	OpVaultKVWrite:   "writing the KV secret",
	OpVaultMetadata:  "noting in the KV secret's metadata",
	OpTokenCreate:    "making a token",
	OpTokenRevoke:    "revoking a token",
	OpTokenList:      "listing the tokens' accessors",
	OpVaultSnapshot:  "taking a snapshot of Vault",
	OpK8sCreate:      "creating the object",
	OpK8sPatch:       "patching the object",
}

// Operations returns every operation.
func Operations() []string {
	return []string{
		OpDockerInspect, OpDockerExec, OpVaultHealth, OpVaultLogin,
		OpVaultKVRead, OpTokenLookup, OpK8sGet, OpK8sList, OpPKISign, OpTransitEncrypt, OpTransitDecrypt,
	}
}
