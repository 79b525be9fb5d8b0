package upstream

import (
	"context"
	"net/url"
	"sync/atomic"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// VaultServer is a Vault of a flow, with what its checks need not make anew: what
// was read of its files, and that the certificates it shows are good.
type VaultServer struct {
	Config   config.Vault
	base     *url.URL // nil where the address is none
	endpoint string
	files    *tlsFiles
	chain    chain
	session  *session
	sessions *Sessions
	ended    atomic.Bool
}

// NASVault is the Vault that makes the token.
func NASVault(cfg config.Vault) *VaultServer { return newVaultServer(cfg, EndpointNASVault) }

// MainVault is the Vault of the main cluster.
func MainVault(cfg config.Vault) *VaultServer { return newVaultServer(cfg, EndpointMainVault) }

func newVaultServer(cfg config.Vault, endpoint string) *VaultServer {
	base, _ := url.Parse(cfg.Address)
	return &VaultServer{Config: cfg, base: base, endpoint: endpoint, files: filesOf(cfg.TLS)}
}

// Reuse has the checks leave their connections and their login to the next ones,
// up to End or a check that is Cold, and to those of other flows that share these
// sessions and ask in the same name. Call it before the first check.
func (s *VaultServer) Reuse(sessions *Sessions) {
	s.sessions, s.session = sessions, sessions.join(askerOf(s.Config))
}

// Open makes the client of one check; what it does and meets goes into trace.
func (s *VaultServer) Open(ctx context.Context, trace *Trace) (*Vault, error) {
	cfg := s.Config
	if s.base == nil {
		return nil, reason.Errorf(reason.Config, "making a Vault client for %q", cfg.Address)
	}
	d := &dialer{endpoint: s.endpoint}
	var own *tlsClient
	if s.base.Scheme == "https" {
		var err error
		if own, err = s.files.client(); err != nil {
			return nil, err
		}
		d.tls, d.chain = own.config, &s.chain
	}
	open := s.session.begin(ctx, own)
	return &Vault{
		http: guard{next: open.transport(d)}, dialer: d, base: s.base, namespace: cfg.Namespace,
		target: cfg.Address, auth: cfg.Auth, session: s.session, open: open, trace: trace,
	}, nil
}

// End closes what checks left open and ends their login. That it could not is no
// finding about the flow: the login ends by itself, later.
func (s *VaultServer) End(ctx context.Context) {
	if s.session == nil || s.ended.Swap(true) || !s.sessions.leave(askerOf(s.Config)) {
		return
	}
	last := s.session.end()
	defer last.token.Destroy()
	if !last.kept {
		return
	}
	client, err := s.Open(ctx, &Trace{})
	if err != nil {
		return
	}
	defer client.Close()
	client.given(last.token.Clone())
	client.made, client.kept = true, true
	_ = client.Logout(ctx)
}
