# Reads the token that the flow moves.
path "secret/data/tokens/root" {
  capabilities = ["read"]
}
