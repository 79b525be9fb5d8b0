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
canary=

# in_namespace ARGUMENT... is kubectl in the flow's namespace.
in_namespace() { kubectl --namespace=nas-integration "$@"; }

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

# review_at ADDRESS lets a Vault outside of the cluster ask it who logs in, with
# a token that ends in a year: run this again before that. To revoke it earlier,
# delete the ServiceAccount and apply the manifests.
review_at() {
  umask 077
  dir=$(mktemp -d)
  trap 'rm -r "$dir"' EXIT
  # Through files: arguments are there for every user to see.
  in_namespace create token vault-reviewer --duration=8760h >"$dir/token"
  in_namespace get configmap kube-root-ca.crt -o 'jsonpath={.data.ca\.crt}' >"$dir/ca.crt"
  vault write auth/kubernetes/config kubernetes_host="$1" \
    kubernetes_ca_cert=@"$dir/ca.crt" token_reviewer_jwt=@"$dir/token"
}

# enable ENGINE-OR-AUTH TYPE PATH OPTION... unless it is there.
enable() {
  kind=$1 type=$2 path=$3
  shift 3
  vault "$kind" list -format=json | grep -q "\"$path/\"" || vault "$kind" enable -path="$path" "$@" "$type"
}

# make_canary has a known text encrypted, once, with the key that unseals the
# main Vault. The ciphertext is no secret. It is kept in the cluster: from the
# Vault itself, another Vault would bring its own.
make_canary() {
  canary=$(in_namespace get configmap nas-transit-canary --ignore-not-found -o 'jsonpath={.data.canary}')
  if [ -z "$canary" ]; then
    canary=$(vault write -field=ciphertext transit/encrypt/autounseal plaintext="$(printf nas-transit-canary | base64)")
    in_namespace create configmap nas-transit-canary --from-literal=canary="$canary"
  fi
}

# check_canary fails unless this Vault's key is the one that made the canary.
check_canary() {
  if ! vault write transit/decrypt/autounseal ciphertext="$canary" >/dev/null; then
    cat >&2 <<'SAYS'
The key autounseal of this Vault does not decrypt the canary in the ConfigMap
nas-transit-canary. Then it does not unseal the main Vault either: do not restart
that one.
- Is this another NAS Vault, or one installed anew? Restore the true one's snapshot.
- Was min_decryption_version raised (vault read transit/keys/autounseal)? Lower it.
- Only if the main Vault was moved to this key, or has rewrapped its seal: delete
  the ConfigMap, run this again, and restart the exporter.
SAYS
    exit 1
  fi
  made=${canary#vault:v}
  made=${made%%:*}
  newest=$(vault read -field=latest_version transit/keys/autounseal)
  if [ "$made" != "$newest" ]; then
    echo "The canary is of version $made of the key autounseal, whose newest is $newest. Before you raise" \
      "min_decryption_version, let the main Vault rewrap its seal, delete the ConfigMap nas-transit-canary and run this again." >&2
  fi
}

write_policies() {
  for file in "$policies"/*.hcl; do
    sed "s|CANARY|$canary|" "$file" | vault policy write "$(basename "$file" .hcl)" -
  done
}

enable secrets kv secret -version=2
enable auth kubernetes kubernetes

case $which in
main)
  write_policies
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
  enable secrets transit transit
  vault write -f transit/keys/autounseal >/dev/null
  make_canary
  write_policies
  review_at "${2:?address of the API of the main cluster}"
  role nas-token-broker nas-token-broker nas-token-broker token_type=batch token_ttl=5m
  role vault-health-exporter vault-health-exporter vault-health-exporter token_type=batch token_ttl=5m
  role vault-backup vault-backup vault-backup token_type=batch token_ttl=30m
  role token-rotator token-rotator token-rotation-policy token_ttl=24h token_max_ttl=72h
  # The agent renews its token for as long as it runs.
  role vault-agent-nas-proxy vault-agent-nas-proxy vault-agent-nas-proxy token_period=1h
  # For the exporter's canary: a certificate that lives for minutes, for a name
  # that nobody can have, and that the Vault does not keep.
  enable secrets pki pki -max-lease-ttl=87600h
  vault list pki/issuers >/dev/null 2>&1 ||
    vault write pki/root/generate/internal common_name="NAS Vault" ttl=87600h >/dev/null
  vault write pki/roles/canary allowed_domains=canary.invalid allow_bare_domains=true \
    key_type=any no_store=true max_ttl=10m >/dev/null
  check_canary # last: the exporter shall be able to say what is wrong
  ;;
*)
  echo "got $which, want nas or main" >&2
  exit 2
  ;;
esac
