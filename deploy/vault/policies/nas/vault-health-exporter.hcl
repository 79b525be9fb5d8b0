# Reads the token that the flow moves, to compare the copies with it.
path "secret/data/tokens/root" {
  capabilities = ["read"]
}

# Has a certificate signed that lives for minutes and that nothing keeps.
path "pki/sign/canary" {
  capabilities = ["update"]
}

# Encrypts and decrypts a random value with the key that unseals the main Vault.
path "transit/encrypt/autounseal" {
  capabilities = ["update"]
}

path "transit/decrypt/autounseal" {
  capabilities = ["update"]
}
