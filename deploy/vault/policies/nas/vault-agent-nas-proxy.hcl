# What the exporter and the broker may do, who work through the agent. See
# vault-health-exporter.hcl.
path "secret/data/tokens/root" {
  capabilities = ["read"]
}

path "pki/sign/canary" {
  capabilities = ["update"]
}

path "transit/encrypt/autounseal" {
  capabilities = ["update"]
}

path "transit/decrypt/autounseal" {
  capabilities = ["update"]
}
