# The address and the authority of the NAS Vault come from VAULT_ADDR and
# VAULT_CACERT, so that an overlay can change them alone.
vault {
  retry {
    # Who asks decides how often; twelve tries here would keep a broker with
    # five seconds waiting.
    num_retries = -1
  }
}

auto_auth {
  method "kubernetes" {
    mount_path = "auth/kubernetes"
    # The longest pause between two logins, once the NAS is back.
    max_backoff = "30s"
    config = {
      role       = "vault-agent-nas-proxy"
      token_path = "/var/run/secrets/nas-vault/token"
    }
  }

  sink "file" {
    config = {
      path = "/vault/secrets/token"
      mode = 0600
    }
  }
}

# Not "force": a request that brings a token must be made with that one, or
# every token would pass for one that works. No cache either, which would answer
# for a token that was revoked.
api_proxy {
  use_auto_auth_token = true
}

# Without TLS: the traffic stays in the cluster, between the pods that the
# NetworkPolicy names.
listener "tcp" {
  address     = "0.0.0.0:8200"
  tls_disable = true
  # Refuses requests without X-Vault-Request, which a program that was tricked
  # into fetching a URL does not send.
  require_request_header = true
}
