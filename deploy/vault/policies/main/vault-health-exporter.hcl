# Reads the copy, to compare it with the others.
path "secret/data/nas/vault-token" {
  capabilities = ["read"]
}
