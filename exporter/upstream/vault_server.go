package upstream

import (
	"net/url"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// VaultServer is a Vault of a flow, with what its checks need not make anew: what
// was read of its files, and that the certificates it shows are good.
type VaultServer struct {
	Config   config.Vault
	endpoint string
	files    *tlsFiles
	chain    chain
}

// NASVault is the Vault that makes the token.
func NASVault(cfg config.Vault) *VaultServer { return newVaultServer(cfg, EndpointNASVault) }

// MainVault is the Vault of the main cluster.
func MainVault(cfg config.Vault) *VaultServer { return newVaultServer(cfg, EndpointMainVault) }

func newVaultServer(cfg config.Vault, endpoint string) *VaultServer {
	return &VaultServer{Config: cfg, endpoint: endpoint, files: filesOf(cfg.TLS)}
}

// Open makes the client of one check; what it does and meets goes into trace.
func (s *VaultServer) Open(trace *Trace) (*Vault, error) {
	cfg := s.Config
	base, err := url.Parse(cfg.Address)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "making a Vault client for %q", cfg.Address)
	}
	d := &dialer{endpoint: s.endpoint}
	if base.Scheme == "https" {
		own, err := s.files.client()
		if err != nil {
			return nil, err
		}
		d.tls, d.chain = own.config, &s.chain
	}
	return &Vault{
		http: notFollowing(guard{next: transport{over: fresh, dialer: d}}), dialer: d, base: base, namespace: cfg.Namespace,
		target: cfg.Address, auth: cfg.Auth, trace: trace,
	}, nil
}
