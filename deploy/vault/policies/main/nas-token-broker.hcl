# Writes the copy. Reads it to compare, and for the check-and-set.
path "secret/data/nas/vault-token" {
  capabilities = ["create", "read", "update"]
}
