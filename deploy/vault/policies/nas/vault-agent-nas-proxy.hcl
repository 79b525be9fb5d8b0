# What the exporter and the broker may do, who work through the agent. See
# vault-health-exporter.hcl.
path "secret/data/tokens/root" {
  capabilities = ["read"]
}

path "pki/sign/canary" {
  capabilities = ["update"]
}

# Decrypts the canary, and nothing else: the key also opens what keeps the main
# Vault sealed. setup.sh puts the ciphertext in the place of the word.
path "transit/decrypt/autounseal" {
  capabilities       = ["update"]
  allowed_parameters = { "ciphertext" = ["CANARY"] }
}
