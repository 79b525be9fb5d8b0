package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Token checks that the token which applications would get now authenticates
// at the NAS Vault. It reads the Secret itself, so that it proves the value
// that is served and not one that another check remembers.
func Token(nas config.Vault, k8s config.Kubernetes) Check {
	readSecret := K8sSecret(k8s)
	return func(ctx context.Context) (r Reading, err error) {
		r, err = readSecret(ctx)
		if err != nil {
			return r, err
		}
		client, err := upstream.OpenVault(nas, upstream.EndpointNASVault, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		client.UseToken(r.Token)
		r.Auth, err = client.LookupSelf(ctx)
		return r, err
	}
}
