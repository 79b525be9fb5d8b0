# Reads the copy, for the Secret nas-vault-token.
path "secret/data/nas/vault-token" {
  capabilities = ["read"]
}
