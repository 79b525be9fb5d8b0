#!/bin/sh
# Prepares one of the two Vaults for the flow: KV v2 at secret/, Kubernetes
# auth, policies and roles. It can be run again, and then changes what differs.
#
#   VAULT_ADDR=… VAULT_TOKEN=… setup.sh nas https://192.168.1.20:6443
#   VAULT_ADDR=… VAULT_TOKEN=… setup.sh main [https://192.168.1.20:6443]
#
# The address is that of the main cluster's API, at which a Vault outside of the
# cluster has its tokens reviewed; without one the main Vault runs inside. Needs
# vault, and with an address kubectl with the namespace nas-integration applied.
set -eu

which=${1:?nas or main}
policies=$(dirname "$0")/policies/$which

# role NAME SERVICE-ACCOUNT POLICY OPTION... lets a ServiceAccount log in. The
# audience is the Vault's own: a token that was shown to one Vault is of no use
# at the other.
role() {
  name=$1 account=$2 policy=$3
  shift 3
  vault write "auth/kubernetes/role/$name" \
    bound_service_account_names="$account" bound_service_account_namespaces=nas-integration \
    audience="$which-vault" token_policies="$policy" "$@"
}

# review_at ADDRESS lets a Vault outside of the cluster ask it who logs in.
review_at() {
  umask 077
  dir=$(mktemp -d)
  trap 'rm -r "$dir"' EXIT
  # Through files: arguments are there for every user to see.
  kubectl --namespace=nas-integration get secret vault-reviewer -o 'jsonpath={.data.token}' | base64 -d >"$dir/token"
  kubectl --namespace=nas-integration get secret vault-reviewer -o 'jsonpath={.data.ca\.crt}' | base64 -d >"$dir/ca.crt"
  vault write auth/kubernetes/config kubernetes_host="$1" \
    kubernetes_ca_cert=@"$dir/ca.crt" token_reviewer_jwt=@"$dir/token"
}

# enable ENGINE-OR-AUTH TYPE PATH OPTION... unless it is there.
enable() {
  kind=$1 type=$2 path=$3
  shift 3
  vault "$kind" list -format=json | grep -q "\"$path/\"" || vault "$kind" enable -path="$path" "$@" "$type"
}

enable secrets kv secret -version=2
enable auth kubernetes kubernetes
for file in "$policies"/*.hcl; do
  vault policy write "$(basename "$file" .hcl)" "$file"
done

case $which in
main)
  if [ $# -gt 1 ]; then
    review_at "$2"
  else
    # In the cluster it finds the rest by itself; its ServiceAccount has to be
    # allowed to review tokens, as the Vault chart does.
    vault write auth/kubernetes/config kubernetes_host=https://kubernetes.default.svc
  fi
  # Batch tokens, for logins that come often: they cost a Vault no storage.
  role nas-token-broker nas-token-broker nas-token-broker token_type=batch token_ttl=5m
  role vault-health-exporter vault-health-exporter vault-health-exporter token_type=batch token_ttl=5m
  role external-secrets nas-vault-store external-secrets token_ttl=10m
  ;;
nas)
  review_at "${2:?address of the API of the main cluster}"
  role nas-token-broker nas-token-broker nas-token-broker token_type=batch token_ttl=5m
  role vault-health-exporter vault-health-exporter vault-health-exporter token_type=batch token_ttl=5m
  role vault-backup vault-backup vault-backup token_type=batch token_ttl=30m
  role token-rotator token-rotator token-rotation-policy token_ttl=24h token_max_ttl=72h
  # The agent renews its token for as long as it runs.
  role vault-agent-nas-proxy vault-agent-nas-proxy vault-agent-nas-proxy token_period=1h
  enable secrets transit transit
  vault write -f transit/keys/autounseal >/dev/null
  # For the exporter's canary: a certificate that lives for minutes, for a name
  # that nobody can have, and that the Vault does not keep.
  enable secrets pki pki -max-lease-ttl=87600h
  vault list pki/issuers >/dev/null 2>&1 ||
    vault write pki/root/generate/internal common_name="NAS Vault" ttl=87600h >/dev/null
  vault write pki/roles/canary allowed_domains=canary.invalid allow_bare_domains=true \
    key_type=any no_store=true max_ttl=10m >/dev/null
  ;;
*)
  echo "got $which, want nas or main" >&2
  exit 2
  ;;
esac
