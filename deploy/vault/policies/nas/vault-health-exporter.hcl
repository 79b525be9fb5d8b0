# Reads the token that the flow moves, to compare the copies with it.
path "secret/data/tokens/root" {
  capabilities = ["read"]
}

# Has a certificate signed that lives for minutes and that nothing keeps.
path "pki/sign/canary" {
  capabilities = ["update"]
}

# Decrypts the canary, and nothing else: the key also opens what keeps the main
# Vault sealed. setup.sh puts the ciphertext in the place of the word.
path "transit/decrypt/autounseal" {
  capabilities       = ["update"]
  allowed_parameters = { "ciphertext" = ["CANARY"] }
}
