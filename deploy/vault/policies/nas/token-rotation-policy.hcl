# Publishes a new token. Patch is the fence against a rotation that was
# interrupted and is still alive.
path "secret/data/tokens/root" {
  capabilities = ["create", "read", "update", "patch"]
}

# The journal of the rotation, in the secret's custom metadata.
path "secret/metadata/tokens/root" {
  capabilities = ["create", "read", "update", "patch"]
}

# Revokes the old token. A root token is made by the published root token, so
# this policy makes none; the token role is for rotate.token_role.
path "auth/token/revoke-accessor" {
  capabilities = ["update"]
}

# Nothing is revoked before it was looked up: whose it is, and what it replaces.
path "auth/token/lookup-accessor" {
  capabilities = ["update"]
}

path "auth/token/create/nas-token" {
  capabilities = ["update"]
}
