package lab

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/vault/api"
)

const (
	vaultPort    = "8200/tcp"
	vaultTimeout = 10 * time.Second
)

// vaultServer is one of the two Vaults.
type vaultServer struct {
	container string
	address   string
	// client is the administrator's, on the published address.
	client *api.Client
}

// vaultConfig is the whole configuration but for the seal.
const vaultConfig = `
storage "raft" {
  path                   = "/vault/file"
  node_id                = "%[1]s"
  performance_multiplier = 1
}
listener "tcp" {
  address       = "0.0.0.0:8200"
  tls_cert_file = "/vault/tls/cert.pem"
  tls_key_file  = "/vault/tls/key.pem"
}
api_addr      = "https://%[1]s:8200"
cluster_addr  = "https://%[1]s:8201"
disable_mlock = true
%[2]s
`

// startVault starts a Vault and returns when it answers, uninitialized.
func (l *Lab) startVault(ctx context.Context, alias string, certificate pair, seal string) (vaultServer, error) {
	ports, address, err := publish(vaultPort)
	if err != nil {
		return vaultServer{}, err
	}
	id, err := l.run(ctx, part{
		alias: alias,
		image: l.images["vault"],
		// The published image's own entrypoint gives up root, which owns the files.
		entrypoint: []string{"vault"},
		command:    []string{"server", "-config=/vault/config"},
		restart:    true,
		// Where it puts a snapshot together; not every image has a /tmp.
		env:   map[string]string{"TMPDIR": "/vault/file"},
		ports: ports,
		files: []file{
			{path: "/vault/config/lab.hcl", data: fmt.Appendf(nil, vaultConfig, alias, seal)},
			{path: "/vault/tls/cert.pem", data: certificate.Certificate},
			{path: "/vault/tls/key.pem", data: certificate.Key},
			{path: "/vault/tls/ca.pem", data: l.secrets.certificates.Authority.PEM},
			// Only a file makes the folder in every image.
			{path: "/vault/file/.keep"},
		},
	})
	if err != nil {
		return vaultServer{}, err
	}
	client, err := l.vaultClient(address)
	if err != nil {
		return vaultServer{}, err
	}
	server := vaultServer{container: id, address: address, client: client}
	return server, until(ctx, alias+" to answer", func(ctx context.Context) error {
		_, err := client.Sys().HealthWithContext(ctx)
		return err
	})
}

// vaultClient makes a client that has no token and never tries again, because
// a scenario wants to see what happens.
func (l *Lab) vaultClient(address string) (*api.Client, error) {
	configuration := api.DefaultConfig()
	configuration.Address = "https://" + address
	configuration.MaxRetries = 0
	configuration.Timeout = vaultTimeout
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(l.secrets.certificates.Authority.PEM)
	transport, ok := configuration.HttpClient.Transport.(*http.Transport)
	if !ok {
		return nil, fmt.Errorf("making a client for %q: got transport %T", address, configuration.HttpClient.Transport)
	}
	transport.TLSClientConfig.RootCAs = roots
	client, err := api.NewClient(configuration)
	if err != nil {
		return nil, fmt.Errorf("making a client for %q: %w", address, err)
	}
	// Not the one of the user's environment.
	client.ClearToken()
	client.ClearNamespace()
	return client, nil
}

// untilActive waits until Vault is unsealed and leads its cluster of one.
func (v vaultServer) untilActive(ctx context.Context) error {
	return until(ctx, v.address+" to be active", func(ctx context.Context) error {
		health, err := v.client.Sys().HealthWithContext(ctx)
		switch {
		case err != nil:
			return err
		case !health.Initialized || health.Sealed || health.Standby:
			return fmt.Errorf("got initialized %t, sealed %t, standby %t", health.Initialized, health.Sealed, health.Standby)
		}
		return nil
	})
}

// enableKV mounts KV v2 at secret/.
func (v vaultServer) enableKV(ctx context.Context) error {
	err := v.client.Sys().MountWithContext(ctx, kvMount, &api.MountInput{Type: "kv", Options: map[string]string{"version": "2"}})
	if err != nil {
		return fmt.Errorf("mounting KV v2 at %q: %w", kvMount, err)
	}
	return v.untilKV(ctx)
}

// untilKV waits until KV v2 takes a write, which a new mount refuses for a moment.
func (v vaultServer) untilKV(ctx context.Context) error {
	return until(ctx, "KV v2 to be ready", func(ctx context.Context) error {
		_, err := v.client.KVv2(kvMount).Get(ctx, "none")
		if errors.Is(err, api.ErrSecretNotFound) {
			return nil
		}
		return err
	})
}

// allow writes a policy.
func (v vaultServer) allow(ctx context.Context, name, rules string) error {
	err := v.client.Sys().PutPolicyWithContext(ctx, name, rules)
	if err != nil {
		return fmt.Errorf("writing policy %q: %w", name, err)
	}
	return nil
}

// issue makes a token that lives on its own: it does not end with the
// administrator's.
func (v vaultServer) issue(ctx context.Context, policy string, period time.Duration, metadata map[string]string) (*api.SecretAuth, error) {
	request := api.TokenCreateRequest{Policies: []string{policy}, DisplayName: policy, Metadata: metadata}
	if period > 0 {
		request.Period = period.String()
	}
	secret, err := v.client.Auth().Token().CreateOrphanWithContext(ctx, &request)
	if err != nil {
		return nil, fmt.Errorf("issuing a token with policy %q: %w", policy, err)
	}
	return secret.Auth, nil
}
