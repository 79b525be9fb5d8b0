package upstream

import "homelab.io/vault-health-exporter/exporter/upstream"

// The operations that only the broker makes.
var (
	opDockerWrite   = upstream.Operation{Name: "docker_write", Doing: "writing the token file in the container"}
	opVaultKVWrite  = upstream.Operation{Name: "vault_kv_write", Doing: "writing the KV secret"}
	opVaultMetadata = upstream.Operation{Name: "vault_kv_metadata", Doing: "noting in the KV secret's metadata"}
	opTokenCreate   = upstream.Operation{Name: "token_create", Doing: "making a token"}
	opTokenLookup   = upstream.Operation{Name: "token_lookup_accessor", Doing: "looking up an accessor"}
	opTokenRevoke   = upstream.Operation{Name: "token_revoke", Doing: "revoking a token"}
	opTokenList     = upstream.Operation{Name: "token_list", Doing: "listing the tokens' accessors"}
	opVaultSnapshot = upstream.Operation{Name: "vault_snapshot", Doing: "taking a snapshot of Vault"}
	opK8sCreate     = upstream.Operation{Name: "k8s_create", Doing: "creating the object"}
	opK8sPatch      = upstream.Operation{Name: "k8s_patch", Doing: "patching the object"}
)
